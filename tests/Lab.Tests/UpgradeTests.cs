using PassthroughInfra.Reuse.Tests.Documents;

namespace PassthroughInfra.Lab.Tests;

/// <summary>
/// A host that lives on: its libvirt stops answering, its distribution is upgraded under the applied stack while guests are to start with it. The preview says what
/// it is, one update makes it right, running guests are left alone, and destroy leaves nothing behind on the new release either.
/// </summary>
[Trait("Category", "Lab")]
[Trait("Length", "long")]
public sealed class UpgradeTests : IDisposable
{
    private const string Machine =
        """
            network: { link: enp8s0, vlan: 3000, bridge: br3000, addresses: [10.0.0.37/24], gateway: 10.0.0.1, nameservers: [172.16.64.71] }
            guests:
              - name: lab
                type: qemu
                os: linux
                memory: 256MiB
                cpus: { cores: 1 }
                installDisplay: none
                tpm: true
                devices: [gpu, gpu-audio, usb]
                disk: { path: /var/lib/libvirt/images/lab.qcow2, size: 1GiB }
                autostart: true
                start: running
                restart: force
                shutdownTimeoutSeconds: 2
                protect: false
              - name: plain
                type: qemu
                os: linux
                memory: 256MiB
                cpus: { cores: 1 }
                installDisplay: none
                devices: []
                disk: { path: /var/lib/libvirt/images/plain.qcow2, size: 1GiB }
                autostart: true
                start: running
                restart: force
                shutdownTimeoutSeconds: 2
                protect: false
        """;

    private const string Running =
        "cat /proc/sys/kernel/random/boot_id; for guest in lab plain; do echo $guest $(virsh domstate $guest) $(cut -d ' ' -f 22 /proc/$(cat /run/libvirt/qemu/$guest.pid)/stat); done";

    private readonly ReadersCheckout _reader = new();

    public void Dispose() => _reader.Dispose();

    [Fact]
    public async Task A_host_that_was_upgraded_from_Debian_12_to_13_is_right_again_after_one_update()
    {
        var host = await LabHost.PristineAsync("upgraded");
        await host.WriteStackAsync(_reader, Machine);
        await _reader.SaysAsync(0, "./passthrough up --stack gpu-host --skip-preview --yes");
        await host.SlowGuestsAsync();
        await _reader.SaysAsync(0, "./passthrough preview --stack gpu-host --expect-no-changes");
        var running = await host.MustAsync(Running);

        // libvirt is stopped, its guests run on: what it has is not known, and that is neither in sync nor gone.
        await host.MustAsync("systemctl stop libvirtd.socket libvirtd-ro.socket libvirtd-admin.socket libvirtd.service");
        var silent = await _reader.SaysAsync(0, "./passthrough preview --stack gpu-host");
        Assert.Contains("libvirt on lab does not answer", silent, StringComparison.Ordinal);
        Assert.Contains("domain lab: not known", silent, StringComparison.Ordinal);
        Assert.Contains("domain plain: not known", silent, StringComparison.Ordinal);
        Assert.DoesNotContain("+++ domain", silent, StringComparison.Ordinal);
        Assert.DoesNotContain("drift on the host", silent, StringComparison.Ordinal);
        Assert.Contains("does not answer", await _reader.SaysAsync(1, "./passthrough drift --stack gpu-host"), StringComparison.Ordinal);
        Assert.Contains("waiting for it", await _reader.SaysAsync(0, "./passthrough up --stack gpu-host --skip-preview --yes"), StringComparison.Ordinal);
        Assert.Equal(running, await host.MustAsync(Running));
        Assert.Contains("in sync", await _reader.SaysAsync(0, "./passthrough drift --stack gpu-host"), StringComparison.Ordinal);

        // What is said before an upgrade, and done.
        var told = await _reader.SaysAsync(0, "./passthrough doctor --stack gpu-host --before-upgrade");
        Assert.Contains("Debian 12 -> Debian 13", told, StringComparison.Ordinal);
        Assert.Contains("running: lab, plain", told, StringComparison.Ordinal);
        Assert.Contains("libvirt 9.0 -> 11.3", told, StringComparison.Ordinal);

        // Guests without a system do not shut down when they are asked.
        await host.MustAsync("virsh destroy lab && virsh destroy plain");
        await host.LabAsync("upgrade", "trixie");
        Assert.Equal("13", await host.MustAsync(". /etc/os-release && echo $VERSION_ID"));
        await host.WaitAsync("virsh -q list --name | grep -qx lab && virsh -q list --name | grep -qx plain", TimeSpan.FromMinutes(25));
        await host.SlowGuestsAsync();
        running = await host.MustAsync(Running);
        await host.MustAsync("uname -r | grep -q '^6\\.12' && [ \"$(ls -d /sys/bus/pci/drivers/vfio-pci/0000:* | wc -l)\" -eq 3 ] && ip link show br3000");

        var preview = await _reader.SaysAsync(0, "./passthrough preview --stack gpu-host");
        Assert.Contains("the host has changed by itself: Debian 12 -> Debian 13", preview, StringComparison.Ordinal);
        Assert.Contains("as applied still: ", preview, StringComparison.Ordinal);
        Assert.DoesNotContain("drift on the host", preview, StringComparison.Ordinal);
        Assert.Contains("host changed", await _reader.SaysAsync(0, "./passthrough drift --stack gpu-host"), StringComparison.Ordinal);

        await _reader.SaysAsync(0, "./passthrough up --stack gpu-host --skip-preview --yes");
        Assert.Equal(running, await host.MustAsync(Running));
        await _reader.SaysAsync(0, "./passthrough preview --stack gpu-host --expect-no-changes");
        Assert.Contains("in sync", await _reader.SaysAsync(0, "./passthrough drift --stack gpu-host"), StringComparison.Ordinal);

        await _reader.SaysAsync(0, "./passthrough destroy --stack gpu-host --yes");
        Assert.Equal("", await host.MustAsync("grep -rlI passthrough-host /etc /boot/grub; find /var/lib/passthrough-host -mindepth 1 ! -path '/var/lib/passthrough-host/guest*' ! -name lock; virsh list --all --name; virsh -q pool-list --all --name"));
        Assert.Equal("", await host.MustAsync("for image in /boot/initrd.img-*; do lsinitramfs $image | grep -E 'passthrough-host|vfio'; done; ip -br link show br3000 2>/dev/null; true"));
        await host.MustAsync("grub-mkconfig 2>/dev/null | cmp - /boot/grub/grub.cfg");
        await host.LabAsync("down");
    }
}
