using PassthroughInfra.Component.Planning;
using PassthroughInfra.Component.Spec;

namespace PassthroughInfra.Lab.Tests;

/// <summary>Two controllers with one ID: the one that is passed through is bound by its address.</summary>
[Trait("Category", "Lab")]
public sealed class TwinTests
{
    private static readonly MachineSpec Spec = SpecReader.Read(
        """
        {
          "connection": { "host": "127.0.0.1", "hostKey": "insecure-accept-any" },
          "devices": [{ "name": "usb", "address": "02:00.0", "id": "1033:0194" }],
          "packages": { "manage": false }
        }
        """);

    [Trait("Length", "long")]
    [Theory]
    [MemberData(nameof(LabIommus.Wanted), MemberType = typeof(LabIommus))]
    public async Task A_twin_is_bound_by_address_over_two_boots_and_its_sister_stays_with_the_host(string iommu)
    {
        var host = await LabHost.PristineAsync("twins", iommu);
        await ApplyAsync(host, "boot");
        await ApplyAsync(host, "restart");

        for (var boot = 1; boot <= 2; boot++)
        {
            await host.WaitAsync($"systemctl is-system-running --wait >/dev/null; grep -q iommu=pt /proc/cmdline", TimeSpan.FromMinutes(8));
            Assert.Equal("vfio-pci xhci_hcd", await host.MustAsync("echo $(basename $(readlink /sys/bus/pci/devices/0000:02:00.0/driver)) $(basename $(readlink /sys/bus/pci/devices/0000:03:00.0/driver))"));

            // No moment at which the wrong driver had it.
            Assert.Equal("0", await host.MustAsync("dmesg | grep -c 'xhci_hcd 0000:02:00.0' || :"));
            Assert.DoesNotContain("vfio-pci.ids", await host.MustAsync("cat /proc/cmdline"), StringComparison.Ordinal);
            if (boot == 1)
            {
                // Verified, the arguments are the default of the second boot.
                await ApplyAsync(host, "verify");
                var before = await host.MustAsync("cat /proc/sys/kernel/random/boot_id");
                await host.SshAsync("systemctl reboot");
                await host.WaitAsync($"test $(cat /proc/sys/kernel/random/boot_id) != {before}", TimeSpan.FromMinutes(8));
            }
        }

        await ApplyAsync(host, "verify");
        await host.LabAsync("down");
    }

    private static async Task ApplyAsync(LabHost host, string concern)
    {
        var (code, output) = await host.ApplyAsync(Spec, concern);
        Assert.True(code == 0, $"{concern}: {output}");
    }
}
