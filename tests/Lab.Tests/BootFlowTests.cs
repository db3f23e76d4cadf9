using PassthroughInfra.Component.Planning;
using PassthroughInfra.Component.Spec;

namespace PassthroughInfra.Lab.Tests;

/// <summary>The concerns' scripts one by one, on the real tools.</summary>
[Trait("Category", "Lab")]
public sealed class BootFlowTests
{
    private static readonly MachineSpec Spec = SpecReader.Read(
        """
        {
          "connection": { "host": "127.0.0.1", "hostKey": "insecure-accept-any" },
          "devices": [
            { "name": "gpu", "address": "01:00.0", "id": "1234:1111" },
            { "name": "gpu-audio", "address": "01:00.1", "id": "8086:293e" },
            { "name": "usb", "address": "04:00.0", "id": "1b36:000d" }
          ],
          "acceptLoss": ["01:00.0"],
          "packages": { "extra": ["cpu-checker"] }
        }
        """);

    [Trait("Length", "long")]
    [Theory]
    [MemberData(nameof(LabIommus.Wanted), MemberType = typeof(LabIommus))]
    public async Task A_host_is_set_up_rebooted_verified_and_put_back_byte_for_byte(string iommu)
    {
        var host = await LabHost.PristineAsync("boot-flow", iommu);
        const string all = "{ find /etc -type f -print0 | sort -z | xargs -0 sha256sum; sha256sum /boot/grub/grub.cfg; find /var/lib/passthrough-host 2>/dev/null; dpkg-query -W; } | grep -vE ' /etc/(ld.so.cache|apt/)' | sha256sum";
        var before = await host.MustAsync(all);

        await ApplyAsync(host, "packages");
        await ApplyAsync(host, "boot");
        Assert.True((await host.PlanAsync(Spec))["boot"].InSync, string.Join('\n', (await host.PlanAsync(Spec))["boot"].Differences));
        Assert.Contains("rebooting now", await ApplyAsync(host, "restart"), StringComparison.Ordinal);
        await host.WaitAsync($"grep iommu=pt /proc/cmdline | grep -q vfio-pci.ids", TimeSpan.FromMinutes(5));
        Assert.Contains("is with vfio-pci", await ApplyAsync(host, "verify"), StringComparison.Ordinal);
        await ApplyAsync(host, "restart");
        Assert.Empty((await host.PlanAsync(Spec)).Differences);

        foreach (var concern in ConcernList.Wanted(Spec).Reverse())
        {
            var (code, output) = await host.RevertAsync(Spec, concern.Name);
            Assert.True(code == 0, output);
        }

        Assert.Equal(before, await host.MustAsync(all));
        await host.LabAsync("down");
    }

    [Trait("Length", "long")]
    [Fact]
    public async Task A_script_that_fails_half_way_leaves_the_files_of_before()
    {
        var host = await LabHost.PristineAsync("boot-half");
        await host.MustAsync("printf 'GRUB_CMDLINE_LINUX=\"broken\\n' >/etc/default/grub.d/99-broken.cfg; sha256sum /boot/grub/grub.cfg >/root/menu");
        var (code, output) = await host.ApplyAsync(Spec, "boot");
        Assert.Equal(1, code);
        Assert.Contains("the old menu is in place", output, StringComparison.Ordinal);
        await host.MustAsync("sha256sum -c /root/menu && test ! -e /etc/default/grub.d/60-passthrough-host.cfg && test ! -e /etc/modprobe.d/passthrough-host.conf");
        await host.MustAsync("rm /etc/default/grub.d/99-broken.cfg");
        await ApplyAsync(host, "boot");
        await host.LabAsync("down");
    }

    private static async Task<string> ApplyAsync(LabHost host, string concern)
    {
        var (code, output) = await host.ApplyAsync(Spec, concern);
        Assert.True(code == 0, $"{concern}: {output}");
        return output;
    }
}
