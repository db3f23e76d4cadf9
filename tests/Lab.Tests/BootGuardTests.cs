using PassthroughInfra.Component.Facts;
using PassthroughInfra.Component.Planning;
using PassthroughInfra.Component.Spec;

namespace PassthroughInfra.Lab.Tests;

/// <summary>New kernel arguments are tried once; what does not come back is not tried again, and the host runs as before.</summary>
[Trait("Category", "Lab")]
public sealed class BootGuardTests
{
    private const string Everything = "{ find /etc -type f -print0 | sort -z | xargs -0 sha256sum; sha256sum /boot/grub/grub.cfg /boot/grub/grubenv; find /var/lib/passthrough-host /boot/grub -maxdepth 1 2>/dev/null | sort; } | grep -vE ' /etc/(ld.so.cache|apt/)' | sha256sum";
    private const string DefaultEntry = "awk '$1 == \"linux\" { print; exit }' /boot/grub/grub.cfg";
    private static readonly TimeSpan Boot = TimeSpan.FromMinutes(8);

    [Trait("Length", "long")]
    [Theory]
    [MemberData(nameof(LabIommus.Wanted), MemberType = typeof(LabIommus))]
    public async Task Arguments_are_tried_once_and_become_the_default_only_after_verification(string iommu)
    {
        var host = await LabHost.PristineAsync("guard-good", iommu);
        var before = await host.MustAsync(Everything);
        var wanted = Spec("threadirqs");
        await SucceedsAsync(host, wanted, "boot");
        Assert.DoesNotContain("threadirqs", await host.MustAsync(DefaultEntry), StringComparison.Ordinal);

        // A kernel's package makes the menu anew in the meantime.
        await host.MustAsync("update-grub");
        Assert.DoesNotContain("threadirqs", await host.MustAsync(DefaultEntry), StringComparison.Ordinal);
        Assert.Equal(TrialState.Prepared, (await host.ReadAsync(wanted)).Boot.Trial!.State);

        Assert.Contains("trying once: threadirqs", await SucceedsAsync(host, wanted, "restart"), StringComparison.Ordinal);
        await host.WaitAsync("grep -q passthrough_host.trial= /proc/cmdline", Boot);

        // The operator died here: the next update has only the verification to do.
        var plan = await host.PlanAsync(wanted);
        Assert.Equal(["verify"], plan.Concerns.Where(c => !c.InSync).Select(c => c.Plan.Concern));
        Assert.DoesNotContain("threadirqs", await host.MustAsync(DefaultEntry), StringComparison.Ordinal);
        Assert.Contains("default from now on", await SucceedsAsync(host, wanted, "verify"), StringComparison.Ordinal);
        Assert.Contains("threadirqs", await host.MustAsync(DefaultEntry), StringComparison.Ordinal);
        await host.MustAsync("! grep -q trial /boot/grub/grub.cfg && ! ls /etc/grub.d /etc/default/grub.d | grep -q trial && ! grub-editenv list | grep -q next_entry");
        Assert.Empty((await host.PlanAsync(wanted)).Differences);

        await RevertAsync(host, wanted);
        Assert.Equal(before, await host.MustAsync(Everything));
        await host.LabAsync("down");
    }

    [Trait("Length", "long")]
    [Theory]
    [MemberData(nameof(LabIommus.Wanted), MemberType = typeof(LabIommus))]
    public async Task Arguments_that_panic_the_kernel_leave_a_host_that_comes_back_by_itself_and_are_not_tried_again(string iommu)
    {
        var host = await LabHost.PristineAsync("guard-panic", iommu);
        var before = await host.MustAsync(Everything);

        // No such init in the initramfs: the kernel looks for a root file system, has no driver for it, and panics.
        var panics = Spec("rdinit=/nonexistent");
        await TryAsync(host, panics);
        await ComesBackAsync(host, panics);

        // Something else may be tried.
        Assert.Empty((await host.PlanAsync(Spec("threadirqs"))).Errors);
        await RevertAsync(host, panics);
        Assert.Equal(before, await host.MustAsync(Everything));
        await host.LabAsync("down");
    }

    [Trait("Length", "long")]
    [Theory]
    [MemberData(nameof(LabIommus.Wanted), MemberType = typeof(LabIommus))]
    public async Task A_trial_that_stands_still_is_over_when_the_host_is_switched_off_and_on(string iommu)
    {
        var host = await LabHost.PristineAsync("guard-hang", iommu);
        var hangs = Spec("rdinit=/nonexistent", "panic=0");
        await TryAsync(host, hangs);
        await host.WaitForSerialAsync("Kernel panic", Boot);
        await host.LabAsync("power-cycle");
        await ComesBackAsync(host, hangs);
        await host.LabAsync("down");
    }

    private static async Task TryAsync(LabHost host, MachineSpec spec)
    {
        await SucceedsAsync(host, spec, "boot");
        Assert.Contains("rebooting now", await SucceedsAsync(host, spec, "restart"), StringComparison.Ordinal);
    }

    private static async Task ComesBackAsync(LabHost host, MachineSpec spec)
    {
        await host.WaitAsync("test \"$(cat /var/lib/passthrough-host/trial/started)\" != \"$(cat /proc/sys/kernel/random/boot_id)\"", Boot);
        Assert.Contains("Kernel panic", await host.SerialAsync(), StringComparison.Ordinal);
        Assert.DoesNotContain("nonexistent", await host.MustAsync("cat /proc/cmdline"), StringComparison.Ordinal);
        foreach (var concern in new[] { "verify", "boot" })
        {
            var (code, output) = await host.ApplyAsync(spec, concern);
            Assert.Equal(1, code);
            Assert.Contains("did not come back; the host runs the old command line again", output, StringComparison.Ordinal);
        }

        Assert.Contains((await host.PlanAsync(spec)).Errors, e => e.Problem.Contains("did not come back", StringComparison.Ordinal));
        Assert.Contains("no reboot: the trial boot", await SucceedsAsync(host, spec, "restart"), StringComparison.Ordinal);
    }

    private static MachineSpec Spec(params string[] arguments) => SpecReader.Read(
        $$"""{ "connection": { "host": "127.0.0.1", "hostKey": "insecure-accept-any" }, "packages": { "manage": false }, "boot": { "kernelArguments": ["{{string.Join("\", \"", arguments)}}"] } }""");

    private static async Task RevertAsync(LabHost host, MachineSpec spec)
    {
        foreach (var concern in ConcernList.Wanted(spec).Reverse())
        {
            var (code, output) = await host.RevertAsync(spec, concern.Name);
            Assert.True(code == 0, output);
        }
    }

    private static async Task<string> SucceedsAsync(LabHost host, MachineSpec spec, string concern)
    {
        var (code, output) = await host.ApplyAsync(spec, concern);
        Assert.True(code == 0, $"{concern}: {output}");
        return output;
    }
}
