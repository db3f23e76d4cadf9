using PassthroughInfra.Component.Spec;

namespace PassthroughInfra.Lab.Tests;

/// <summary>A device's ROM file where AppArmor confines guests: QEMU reads it at the places that the preview names, and nowhere else.</summary>
[Trait("Category", "Lab")]
public sealed class RomFileTests
{
    private const string Elsewhere = "/var/lib/libvirt/vbios/card.rom";
    private const string Place = "/usr/share/vgabios/card.rom";
    private const string Rules = "/etc/apparmor.d/local/abstractions/libvirt-qemu";

    [Fact]
    public async Task What_the_preview_says_of_its_place_is_what_QEMU_meets()
    {
        var host = await LabHost.PristineAsync("rom-file");
        await host.MustAsync($"grep -q Y /sys/module/apparmor/parameters/enabled && mkdir -p {Path.GetDirectoryName(Elsewhere)} {Path.GetDirectoryName(Place)} && {{ printf '\\125\\252\\200'; head -c 65533 /dev/zero; }} >{Elsewhere} && cp {Elsewhere} {Place}");

        var told = Assert.Single((await host.PlanAsync(Spec(Elsewhere))).Findings, f => f.Subject.EndsWith("romFile", StringComparison.Ordinal));
        Assert.Contains($"AppArmor confines this host's guests, and QEMU may not read {Elsewhere}", told.Problem, StringComparison.Ordinal);
        var (code, output) = await StartAsync(host, Elsewhere);
        Assert.True(code != 0, output);
        Assert.Contains($"failed to find romfile \"{Elsewhere}\"", output, StringComparison.Ordinal);

        // Each of the two remedies.
        await SucceedsAsync(host, Place);
        await host.MustAsync($"echo '{Elsewhere} r,' >>{Rules}");
        await SucceedsAsync(host, Elsewhere);
        await host.LabAsync("down");
    }

    private static async Task SucceedsAsync(LabHost host, string rom)
    {
        Assert.DoesNotContain((await host.PlanAsync(Spec(rom))).Findings, f => f.Subject.EndsWith("romFile", StringComparison.Ordinal));
        var (code, output) = await StartAsync(host, rom);
        Assert.True(code == 0, output);
    }

    // Stopped before its first instruction.
    private static Task<(int Code, string Output)> StartAsync(LabHost host, string rom) => host.SshAsync(
        "modprobe vfio-pci && cat >/tmp/rom.xml && virsh create --paused /tmp/rom.xml && virsh destroy rom",
        "<domain type='qemu'><name>rom</name><memory unit='MiB'>64</memory><vcpu>1</vcpu><os><type arch='x86_64' machine='q35'>hvm</type></os><devices><hostdev mode='subsystem' type='pci' managed='yes'>"
            + $"<source><address domain='0x0000' bus='0x04' slot='0x00' function='0x0'/></source><rom file='{rom}'/></hostdev></devices></domain>");

    private static MachineSpec Spec(string rom) => GuestIdentity.Pin(
        SpecReader.Read(
            $$"""
            { "connection": { "host": "127.0.0.1", "hostKey": "insecure-accept-any" }, "packages": { "manage": false }, "devices": [{ "name": "usb", "address": "04:00.0", "id": "1b36:000d" }],
              "guests": [{ "name": "win10", "memory": "1GiB", "cpus": { "cores": 1 }, "disk": { "path": "/srv/win10.qcow2", "size": "1GiB" }, "deviceOptions": { "usb": { "romFile": "{{rom}}" } } }] }
            """),
        "lab");
}
