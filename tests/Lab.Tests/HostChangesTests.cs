using PassthroughInfra.Reuse.Tests.Documents;

namespace PassthroughInfra.Lab.Tests;

/// <summary>
/// Between two previews: a kernel's package comes and goes, which nobody changed anything by, and somebody takes a device from vfio-pci while the host runs. Each is
/// told as what it is, by the preview and by drift.
/// </summary>
[Trait("Category", "Lab")]
[Trait("Length", "long")]
public sealed class HostChangesTests : IDisposable
{
    // A package as Debian's of the running kernel: with its own scripts, and of its modules those that its initramfs has.
    private const string KernelPackage =
        """
        set -e
        old=$(uname -r) new=6.1.0-99-amd64
        mkdir -p /root/kernel/DEBIAN /root/kernel/boot /root/kernel/lib/modules/$new
        cd /root/kernel
        for file in vmlinuz config System.map; do cp /boot/$file-$old boot/$file-$new; done
        lsinitramfs /boot/initrd.img-$old | sed -n "s|.*lib/modules/$old/\(.*[.]ko[.a-z]*\)$|\1|p" | sort -u | while read -r module; do
          mkdir -p lib/modules/$new/${module%/*}
          cp -L /lib/modules/$old/$module lib/modules/$new/$module
        done
        cp /lib/modules/$old/modules.builtin* /lib/modules/$old/modules.order lib/modules/$new/
        for script in preinst postinst prerm postrm; do sed "s/$old/$new/g" /var/lib/dpkg/info/linux-image-$old.$script >DEBIAN/$script; chmod 755 DEBIAN/$script; done
        printf 'Package: linux-image-%s\nVersion: 6.1.999-1\nArchitecture: amd64\nMaintainer: nobody <nobody@example.org>\nDescription: a kernel that comes\n' $new >DEBIAN/control
        dpkg-deb -Znone -b /root/kernel /root/kernel.deb
        dpkg -i /root/kernel.deb
        test -e /boot/initrd.img-$new && grep -q vmlinuz-$new /boot/grub/grub.cfg
        """;

    private const string GiveToHost =
        "cd /sys/bus/pci; echo 0000:04:00.0 >drivers/vfio-pci/unbind; modprobe xhci_pci; echo 0000:04:00.0 >drivers/xhci_hcd/bind; sleep 2; readlink devices/0000:04:00.0/driver | grep xhci";

    private readonly ReadersCheckout _reader = new();

    public void Dispose() => _reader.Dispose();

    [Fact]
    public async Task A_kernel_that_comes_is_no_drift_and_a_device_that_was_unbound_goes_back_without_a_reboot_unless_it_is_in_use()
    {
        var host = await LabHost.PristineAsync("host-changes");
        await host.WriteStackAsync(_reader, "    packages: { manage: false }");
        await UpAsync();
        await DriftAsync(0, 0);
        var boot = await BootAsync(host);

        await host.MustAsync(KernelPackage);
        var told = await _reader.SaysAsync(0, "./passthrough preview --stack gpu-host 2>&1");
        Assert.Contains("kernel 6.1.0-99-amd64 was installed", told, StringComparison.Ordinal);
        Assert.Contains("the host has changed by itself", told, StringComparison.Ordinal);
        Assert.DoesNotContain("drift on the host", told, StringComparison.Ordinal);
        Assert.DoesNotContain("changed in the spec", told, StringComparison.Ordinal);
        Assert.Contains("kernel 6.1.0-99-amd64 was installed", await DriftAsync(0, 2), StringComparison.Ordinal);
        await UpAsync();
        await DriftAsync(0, 0);

        await host.MustAsync("dpkg --purge linux-image-6.1.0-99-amd64");
        told = await _reader.SaysAsync(0, "./passthrough preview --stack gpu-host 2>&1");
        Assert.Contains("kernel 6.1.0-99-amd64 was removed", told, StringComparison.Ordinal);
        Assert.DoesNotContain("drift on the host", told, StringComparison.Ordinal);
        await DriftAsync(0, 2);
        await UpAsync();
        await DriftAsync(0, 0);
        Assert.Equal(boot, await BootAsync(host));

        // Somebody gives the device to the host's driver, and nobody uses it.
        await host.MustAsync(GiveToHost);
        told = await DriftAsync(2, 2);
        Assert.Contains("driver of 04:00.0 (usb): xhci_hcd -> vfio-pci", told, StringComparison.Ordinal);
        await UpAsync();
        await DriftAsync(0, 0);
        Assert.Equal(boot, await BootAsync(host));
        await host.MustAsync("readlink /sys/bus/pci/devices/0000:04:00.0/driver | grep vfio-pci");

        // The same with something plugged into it: that needs a reboot, and gets one.
        await host.MustAsync(GiveToHost);
        await host.LabAsync("monitor", "--", "device_add usb-tablet,bus=usb.0");
        await host.WaitAsync("ls /sys/bus/pci/devices/0000:04:00.0/usb*/*-*/idVendor", TimeSpan.FromSeconds(60));
        await DriftAsync(2, 2);
        await UpAsync();
        Assert.NotEqual(boot, await BootAsync(host));
        await host.MustAsync("readlink /sys/bus/pci/devices/0000:04:00.0/driver | grep vfio-pci");
        await DriftAsync(0, 0);
        await host.LabAsync("down");
    }

    private static Task<string> BootAsync(LabHost host) => host.MustAsync("cat /proc/sys/kernel/random/boot_id");

    private Task<string> UpAsync() => _reader.SaysAsync(0, "./passthrough up --stack gpu-host --skip-preview --yes 2>&1");

    // The exit codes without --strict and with it; what the latter says.
    private async Task<string> DriftAsync(int plain, int strict)
    {
        await _reader.SaysAsync(plain, "./passthrough drift --stack gpu-host 2>&1");
        return await _reader.SaysAsync(strict, "./passthrough drift --stack gpu-host --strict 2>&1");
    }
}
