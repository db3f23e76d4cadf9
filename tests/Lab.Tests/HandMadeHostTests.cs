using PassthroughInfra.Cli.Rehearsal;
using PassthroughInfra.Reuse.Tests.Documents;

namespace PassthroughInfra.Lab.Tests;

/// <summary>
/// A host that somebody set up by typing the walk-through's steps, with a guest that runs: taken over by <c>init --adopt</c> and <c>up</c> with no reboot and the
/// guest running throughout, in sync, tampered with, and given back byte for byte as it was typed.
/// </summary>
[Trait("Category", "Lab")]
[Trait("Length", "long")]
public sealed class HandMadeHostTests : IDisposable
{
    // What a reader of such a guide types, for these devices; Debian's vfio-pci is a module, so that the initramfs has to load it first.
    private const string Typed =
        """
        set -eu
        sed -i 's/^GRUB_CMDLINE_LINUX=.*/GRUB_CMDLINE_LINUX="intel_iommu=on iommu=pt vfio-pci.ids=1234:1111,8086:293e,1b36:000d"/' /etc/default/grub
        printf 'softdep %s pre: vfio-pci\n' bochs_drm snd_hda_intel xhci_hcd xhci_pci >/etc/modprobe.d/vfio.conf
        printf 'vfio\nvfio_pci\n' >>/etc/initramfs-tools/modules
        echo vm.nr_hugepages=160 >/etc/sysctl.d/80-hugepages.conf
        update-grub
        update-initramfs -u -k all
        """;

    // Another guide: the device is given away by driverctl, a dispatcher runs scripts for each guest, and ifupdown makes the bridge that guests are on.
    private const string WithDriverctl =
        """
        set -eu
        apt-get -q update && DEBIAN_FRONTEND=noninteractive apt-get -q -y install driverctl ifupdown bridge-utils
        printf 'source /etc/network/interfaces.d/*\nauto lo\niface lo inet loopback\n' >/etc/network/interfaces
        printf 'auto br8\niface br8 inet static\n    address 192.0.2.8/24\n    bridge_ports enp8s0\n    bridge_stp off\n    bridge_fd 0\n' >/etc/network/interfaces.d/br8
        systemctl enable networking
        sed -i 's/^GRUB_CMDLINE_LINUX=.*/GRUB_CMDLINE_LINUX="intel_iommu=on iommu=pt"/' /etc/default/grub
        update-grub
        driverctl set-override 0000:04:00.0 vfio-pci
        mkdir -p /etc/libvirt/hooks/qemu.d/hand/prepare/begin
        printf '#!/bin/sh\nfor step in /etc/libvirt/hooks/qemu.d/"$1"/"$2"/"$3"/*; do [ ! -x "$step" ] || "$step" "$@"; done\n' >/etc/libvirt/hooks/qemu
        printf '#!/bin/sh\nmodprobe vfio-pci\ndate >>/run/hand-was-prepared\n' >/etc/libvirt/hooks/qemu.d/hand/prepare/begin/bind.sh
        chmod 755 /etc/libvirt/hooks/qemu /etc/libvirt/hooks/qemu.d/hand/prepare/begin/bind.sh
        """;

    private const string Disk = "/var/lib/libvirt/images/hand.img";

    // Stopped before its first instruction: it writes to none of its files by itself.
    private const string Guest =
        $"""
        <domain type='qemu'>
          <name>hand</name>
          <uuid>11111111-2222-4333-8444-555555555555</uuid>
          <memory unit='MiB'>256</memory>
          <memoryBacking><hugepages/></memoryBacking>
          <vcpu>1</vcpu>
          <os>
            <type arch='x86_64' machine='q35'>hvm</type>
            <loader readonly='yes' type='pflash'>/usr/share/OVMF/OVMF_CODE_4M.fd</loader>
            <nvram template='/usr/share/OVMF/OVMF_VARS_4M.fd'>/var/lib/libvirt/qemu/nvram/made-by-hand.fd</nvram>
          </os>
          <features><acpi/></features>
          <devices>
            <disk type='file' device='disk'><driver name='qemu' type='raw'/><source file='{Disk}'/><target dev='vda' bus='virtio'/></disk>
            <hostdev mode='subsystem' type='pci' managed='yes'><source><address domain='0' bus='4' slot='0' function='0'/></source></hostdev>
            <tpm model='tpm-crb'><backend type='emulator' version='2.0'/></tpm>
          </devices>
        </domain>
        """;

    private const string Running =
        "virsh domstate hand; cat /run/libvirt/qemu/hand.pid; cut -d ' ' -f 22 /proc/$(cat /run/libvirt/qemu/hand.pid)/stat; cat /proc/sys/kernel/random/boot_id;"
        + " sha256sum /var/lib/libvirt/qemu/nvram/made-by-hand.fd; find /var/lib/libvirt/swtpm -type f -exec sha256sum {} +; head -c 6 " + Disk;

    private readonly ReadersCheckout _reader = new();

    public void Dispose() => _reader.Dispose();

    [Fact]
    public async Task A_host_typed_by_hand_is_taken_over_without_a_reboot_and_given_back_as_it_was_typed()
    {
        var host = await LabHost.PristineAsync("typed");
        await host.MustAsync(Typed);
        await host.SshAsync("systemctl reboot");
        await host.WaitAsync("[ \"$(ls -d /sys/bus/pci/drivers/vfio-pci/0000:* | wc -l)\" -eq 3 ] && virsh list", TimeSpan.FromMinutes(5));
        await host.MustAsync($"truncate -s 8M {Disk} && printf marker | dd of={Disk} conv=notrunc status=none && virsh define /dev/stdin && virsh start --paused hand", Guest);
        var (typed, running, definition) = (await host.MustAsync(HostFingerprint.Command), await host.MustAsync(Running), await host.MustAsync("virsh dumpxml --inactive hand"));

        var said = await AdoptAsync(host);
        Assert.Contains("taken over", said, StringComparison.Ordinal);
        var stack = await File.ReadAllTextAsync(_reader.At("Pulumi.gpu-host.yaml"));
        Assert.Contains("takeOver:", stack, StringComparison.Ordinal);
        Assert.Contains("adopt: true", stack, StringComparison.Ordinal);

        var preview = await _reader.SaysAsync(0, "./passthrough preview --stack gpu-host");
        Assert.DoesNotContain("this update reboots the host", preview, StringComparison.Ordinal);
        await SameAsync();
        await _reader.SaysAsync(0, "./passthrough up --stack gpu-host --yes");
        await SameAsync();
        Assert.Contains("in sync", await _reader.SaysAsync(0, "./passthrough drift --stack gpu-host"), StringComparison.Ordinal);
        Assert.Equal("0", await host.MustAsync("grep -c vfio /etc/default/grub /etc/initramfs-tools/modules | cut -d : -f 2 | sort -u"));
        Assert.Contains("vfio-pci.ids=1234:1111,8086:293e,1b36:000d", await host.MustAsync("grep '^\\s*linux' /boot/grub/grub.cfg"), StringComparison.Ordinal);

        // Somebody types a line of the guide again.
        await host.MustAsync("echo vfio_pci >>/etc/initramfs-tools/modules");
        Assert.Contains("/etc/initramfs-tools/modules", await _reader.SaysAsync(2, "./passthrough drift --stack gpu-host"), StringComparison.Ordinal);
        await _reader.SaysAsync(0, "./passthrough up --stack gpu-host --yes");
        Assert.Contains("in sync", await _reader.SaysAsync(0, "./passthrough drift --stack gpu-host"), StringComparison.Ordinal);
        await SameAsync();

        await _reader.SaysAsync(0, "./passthrough destroy --stack gpu-host --yes");
        await SameAsync();
        Assert.Equal(definition, await host.MustAsync("virsh dumpxml --inactive hand"));
        Assert.Empty(HostFingerprint.Differences(typed, await host.MustAsync(HostFingerprint.Command)));
        await host.LabAsync("down");

        async Task SameAsync() => Assert.Equal(running, await host.MustAsync(Running));
    }

    [Fact]
    public async Task A_host_with_driverctl_and_hooks_is_taken_over_while_its_guest_runs_and_given_back()
    {
        var host = await LabHost.PristineAsync("typed-driverctl");
        await host.MustAsync(WithDriverctl);
        await host.SshAsync("systemctl reboot");
        await host.WaitAsync("grep -q intel_iommu=on /proc/cmdline && test -e /sys/bus/pci/drivers/vfio-pci/0000:04:00.0 && virsh list", TimeSpan.FromMinutes(8));
        await host.MustAsync(
            $"truncate -s 8M {Disk} && printf marker | dd of={Disk} conv=notrunc status=none && virsh define /dev/stdin && virsh start --paused hand && test -e /run/hand-was-prepared",
            Guest.Replace("<memoryBacking><hugepages/></memoryBacking>", "", StringComparison.Ordinal)
                .Replace("<tpm ", "<interface type='bridge'><mac address='52:54:00:11:22:33'/><source bridge='br8'/><target dev='hand8'/><model type='virtio'/></interface><tpm ", StringComparison.Ordinal));
        const string bridge = "ip -o address show dev br8 scope global; ls /sys/class/net/br8/brif; cat /sys/class/net/br8/ifindex";
        var bridged = await host.MustAsync(bridge);
        Assert.Contains("hand8", bridged, StringComparison.Ordinal);
        var (typed, running, definition) = (await host.MustAsync(HostFingerprint.Command), await host.MustAsync(Running), await host.MustAsync("virsh dumpxml --inactive hand"));

        var said = await AdoptAsync(host);
        Assert.Contains("/etc/driverctl.d/pci-0000:04:00.0", said, StringComparison.Ordinal);
        Assert.Contains("/etc/libvirt/hooks/qemu", said, StringComparison.Ordinal);
        Assert.Contains("left alone: /etc/network/interfaces.d/br8: iface br8 inet static: ", said, StringComparison.Ordinal);

        // The binding comes onto the kernel's command line, which is tried at a boot: that waits until no guest runs.
        Assert.Contains("hand", await _reader.SaysAsync(0, "./passthrough preview --stack gpu-host"), StringComparison.Ordinal);
        await _reader.SaysAsync(0, "./passthrough up --stack gpu-host --yes");
        Assert.Equal(running, await host.MustAsync(Running));
        Assert.Equal(bridged, await host.MustAsync(bridge));
        await host.MustAsync("test ! -e /etc/driverctl.d/pci-0000:04:00.0 && test -x /etc/libvirt/hooks/qemu && test -x /etc/libvirt/hooks/qemu.d/hand/prepare/begin/bind.sh");

        await host.MustAsync("virsh destroy hand");
        await _reader.SaysAsync(0, "./passthrough up --stack gpu-host --yes");
        await host.MustAsync("grep -q vfio-pci.ids=1b36:000d /proc/cmdline && test -e /sys/bus/pci/drivers/vfio-pci/0000:04:00.0");
        Assert.Contains("in sync", await _reader.SaysAsync(0, "./passthrough drift --stack gpu-host"), StringComparison.Ordinal);

        // The guide's own dispatcher runs still.
        await host.MustAsync("rm -f /run/hand-was-prepared; { virsh -q list --name | grep -qx hand || virsh start --paused hand; } && test -e /sys/class/net/br8/brif/hand8 && test -e /run/hand-was-prepared && virsh destroy hand");

        await _reader.SaysAsync(0, "./passthrough destroy --stack gpu-host --yes");
        Assert.Equal(definition, await host.MustAsync("virsh dumpxml --inactive hand"));

        // AppArmor's profile of a guest and its tap are there while it runs.
        Assert.DoesNotContain(
            HostFingerprint.Differences(typed, await host.MustAsync(HostFingerprint.Command)),
            d => !d.Contains("/etc/apparmor.d/libvirt/libvirt-", StringComparison.Ordinal) && d != "- link hand8");
        await host.LabAsync("down");
    }

    private async Task<string> AdoptAsync(LabHost host)
    {
        var (port, hostKey, keyFile) = await host.AccessAsync();
        _reader.Variables["PULUMI_CONFIG_PASSPHRASE"] = "";
        return await _reader.SaysAsync(0, $"./passthrough init --adopt --yes --stack gpu-host --host ops@127.0.0.1:{port} --host-key '{hostKey}' --identity-file '{keyFile}'");
    }
}
