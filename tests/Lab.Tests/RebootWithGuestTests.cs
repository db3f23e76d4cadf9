using PassthroughInfra.Component.Planning;
using PassthroughInfra.Component.Spec;

namespace PassthroughInfra.Lab.Tests;

/// <summary>A reboot that is due while somebody's guest runs: it is told, the guest is not stopped, and the update after the guest was shut down makes it.</summary>
[Trait("Category", "Lab")]
[Trait("Length", "long")]
public sealed class RebootWithGuestTests
{
    // Stopped before its first instruction: that it has a process is all that is wanted.
    private const string Domain = "<domain type='qemu'><name>other</name><memory unit='MiB'>16</memory><vcpu>1</vcpu><os><type arch='x86_64' machine='q35'>hvm</type></os></domain>";

    private const string Process = "cat /run/libvirt/qemu/other.pid; cut -d ' ' -f 22 /proc/$(cat /run/libvirt/qemu/other.pid)/stat; cat /proc/sys/kernel/random/boot_id";

    private static readonly MachineSpec Spec = SpecReader.Read(
        """{ "connection": { "host": "127.0.0.1", "hostKey": "insecure-accept-any" }, "packages": { "manage": false }, "boot": { "kernelArguments": ["threadirqs"] } }""");

    [Fact]
    public async Task The_guest_runs_on_in_the_same_process_and_the_reboot_is_told_until_it_is_made()
    {
        var host = await LabHost.PristineAsync("reboot-guest");
        await host.MustAsync("cat >/tmp/other.xml && virsh define /tmp/other.xml && virsh start --paused other", Domain);
        var process = await host.MustAsync(Process);

        await SucceedsAsync(host, "boot");
        Assert.Contains("the reboot is pending: other still there", await SucceedsAsync(host, "restart"), StringComparison.Ordinal);
        Assert.Contains("reboot pending: the running kernel lacks threadirqs", await SucceedsAsync(host, "verify"), StringComparison.Ordinal);
        Assert.Equal(process, await host.MustAsync(Process));
        var plan = await host.PlanAsync(Spec);
        Assert.Empty(plan.Differences);
        Assert.Contains(plan.Findings, f => f.Problem.Contains("a reboot of the host is pending: the running kernel lacks threadirqs; the guest that runs now: other", StringComparison.Ordinal));

        await host.MustAsync("virsh destroy other");
        plan = await host.PlanAsync(Spec);
        Assert.Contains("reboot of the host: put off -> made", plan["restart"].Differences.Select(d => d.Text));
        Assert.All(plan.Differences, d => Assert.Equal(Cause.New, d.Cause));
        Assert.Contains("rebooting now", await SucceedsAsync(host, "restart"), StringComparison.Ordinal);
        await host.WaitAsync("grep -q threadirqs /proc/cmdline", TimeSpan.FromMinutes(8));
        Assert.Contains("default from now on", await SucceedsAsync(host, "verify"), StringComparison.Ordinal);
        Assert.Empty((await host.PlanAsync(Spec)).Differences);
        await host.LabAsync("down");
    }

    [Fact]
    public async Task With_always_a_guest_that_does_not_shut_down_means_no_reboot_and_no_other_is_left_off()
    {
        var spec = Spec with { Boot = Spec.Boot with { Reboot = RebootPolicy.Always } };
        var host = await LabHost.PristineAsync("reboot-stays");
        await host.MustAsync("cat >/tmp/other.xml && virsh define /tmp/other.xml && virsh start --paused other", Domain);
        var process = await host.MustAsync(Process);
        Assert.Contains((await host.PlanAsync(spec)).Findings, f => f.Problem.Contains("this update reboots the host: the running kernel lacks threadirqs; the guest that runs now: other", StringComparison.Ordinal));

        var (code, output) = await host.ApplyAsync(spec, "boot");
        Assert.True(code == 0, output);
        (code, output) = await host.ApplyAsync(spec, "restart");
        Assert.True(code == 1, output);
        Assert.Contains("the reboot waits for other to shut down: 30 s", output, StringComparison.Ordinal);
        Assert.Contains("after 180 s still there: other; nothing was rebooted", output, StringComparison.Ordinal);
        Assert.Equal(process, await host.MustAsync(Process));
        await host.MustAsync("test ! -e /var/lib/passthrough-host/restart.pending && ! grub-editenv list | grep -q next_entry=. && ! systemctl list-jobs | grep -q reboot");

        // SSH is open, and the next preview says the same again.
        Assert.Contains((await host.PlanAsync(spec)).Findings, f => f.Problem.Contains("this update reboots the host", StringComparison.Ordinal));
        await host.LabAsync("down");
    }

    private static async Task<string> SucceedsAsync(LabHost host, string concern)
    {
        var (code, output) = await host.ApplyAsync(Spec, concern);
        Assert.True(code == 0, $"{concern}: {output}");
        return output;
    }
}
