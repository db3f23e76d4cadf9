using PassthroughInfra.Component.Spec;

namespace PassthroughInfra.Lab.Tests;

/// <summary>
/// A system of our own (the host's kernel and busybox on a bootable ISO) run as the install medium: what the guest itself sees of its devices and its TPM.
/// Its CPUs are emulated, so that they can run here.
/// </summary>
[Trait("Category", "Lab")]
public sealed class GuestMediumTests
{
    private const string Iso = "/var/lib/libvirt/images/look.iso";

    private const string Serial = "/var/log/libvirt/qemu/look-serial.log";

    [Trait("Length", "long")]
    [Fact]
    public async Task The_install_medium_boots_and_sees_the_passed_through_devices_and_the_TPM()
    {
        var host = await LabHost.PristineAsync("guest-medium");
        await GuestTests.BindAsync(host);
        await host.MustAsync(Medium);
        var spec = GuestIdentity.Pin(
            SpecReader.Read(
                $$"""
                {
                  "connection": { "host": "127.0.0.1", "user": "root", "hostKey": "insecure-accept-any" },
                  "packages": { "manage": false },
                  "devices": {{GuestTests.Devices}},
                  "guests": [{
                    "name": "look", "type": "qemu", "os": "linux", "memory": "512MiB", "cpus": { "cores": 1 }, "tpm": true,
                    "disk": { "path": "/var/lib/libvirt/images/look.qcow2", "size": "1GiB" },
                    "phase": "install", "installDisplay": "none", "media": { "install": "{{Iso}}", "installSha256": "{{await host.MustAsync($"sha256sum {Iso} | cut -c 1-64")}}" },
                    "serialFile": "{{Serial}}", "start": "running", "protect": false
                  }]
                }
                """),
            "lab/medium/host");
        foreach (var concern in new[] { "libvirt", "media-look", "guest-look" })
        {
            var (code, output) = await host.ApplyAsync(spec, concern);
            Assert.True(code == 0, $"{concern}: {output}");
        }

        await host.WaitAsync($"grep -aq 'look: end' {Serial}", TimeSpan.FromMinutes(12));
        var seen = (await host.MustAsync($"tr '\\r' '\\n' <{Serial} | grep -a '^look: '")).Split('\n');
        // The card's two functions on one slot of the guest, as on the host; the USB controller on one of its own.
        var card = Assert.Single(seen, l => l.EndsWith(" 1234:1111", StringComparison.Ordinal)).Split(' ')[2];
        Assert.Equal($"look: pci {card[..^1]}1 8086:293e", Assert.Single(seen, l => l.EndsWith(" 8086:293e", StringComparison.Ordinal)));
        Assert.Contains(seen, l => l.EndsWith(" 1b36:000d", StringComparison.Ordinal));
        Assert.Contains("look: tpm 2", seen);
        Assert.Contains("look: uefi", seen);
        await host.LabAsync("down");
    }

    // Made on the host of what it has: its kernel, its modules for a TPM, busybox, GRUB.
    private const string Medium =
        $$"""
        set -e
        rm -rf /tmp/look; mkdir -p /tmp/look/root/bin /tmp/look/root/lib /tmp/look/iso/boot/grub /var/lib/libvirt/images
        cd /tmp/look
        cp /bin/busybox root/bin/
        for m in tpm tpm_crb; do find /lib/modules/$(uname -r) -name "$m.ko*" -exec cp {} root/lib/ \; ; done
        cat >root/init <<'INIT'
        #!/bin/busybox sh
        b=/bin/busybox
        $b mkdir -p /proc /sys
        $b mount -t proc proc /proc
        $b mount -t sysfs sys /sys
        for m in /lib/tpm.ko /lib/tpm_crb.ko; do [ ! -e $m ] || $b insmod $m; done
        [ ! -d /sys/firmware/efi ] || echo "look: uefi"
        for d in /sys/bus/pci/devices/*; do
          v=$($b cat $d/vendor); p=$($b cat $d/device)
          echo "look: pci ${d##*/} ${v#0x}:${p#0x}"
        done
        echo "look: tpm $($b cat /sys/class/tpm/tpm0/tpm_version_major)"
        echo "look: end"
        $b sleep 100000
        INIT
        chmod 755 root/init
        (cd root && find . | cpio --quiet -o -H newc | gzip -1) >iso/boot/initrd
        cp /boot/vmlinuz-$(uname -r) iso/boot/vmlinuz
        printf 'set timeout=0\nmenuentry look {\n linux /boot/vmlinuz console=ttyS0 quiet mitigations=off\n initrd /boot/initrd\n}\n' >iso/boot/grub/grub.cfg
        grub-mkrescue -o {{Iso}} iso >/tmp/look/made 2>&1 || { cat /tmp/look/made; exit 1; }
        """;
}
