using PassthroughInfra.Cli.Rehearsal;
using PassthroughInfra.Reuse.Tests.Documents;

namespace PassthroughInfra.Lab.Tests;

/// <summary>A host that somebody boots without the binding: the guest with devices is held back, the other one starts, and an update ends it.</summary>
[Trait("Category", "Lab")]
[Trait("Length", "long")]
public sealed class BootCheckTests : IDisposable
{
    private readonly ReadersCheckout _reader = new();

    public void Dispose() => _reader.Dispose();

    [Fact]
    public async Task A_boot_that_lacks_the_binding_starts_the_guests_without_devices_alone()
    {
        var host = await LabHost.PristineAsync("boot-check");
        var before = await host.MustAsync(HostFingerprint.Command);
        await host.WriteStackAsync(
            _reader,
            """
                packages: { manage: false }
                guests:
                  - name: lab
                    type: qemu
                    os: linux
                    memory: 512MiB
                    cpus: { cores: 1 }
                    installDisplay: none
                    devices: [gpu, gpu-audio, usb]
                    disk: { path: /var/lib/libvirt/images/lab.qcow2, size: 1GiB }
                    autostart: true
                    start: leave
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
                    start: leave
                    restart: force
                    shutdownTimeoutSeconds: 2
                    protect: false
            """);
        await _reader.SaysAsync(0, "./passthrough up --stack gpu-host --skip-preview --yes");
        await _reader.SaysAsync(0, "./passthrough preview --stack gpu-host --expect-no-changes");

        // A boot as applied: both start, and nothing is said.
        await RebootAsync(host);
        await host.WaitAsync("virsh -q list --name | grep -qx lab && virsh -q list --name | grep -qx plain", TimeSpan.FromMinutes(6));
        await host.SlowGuestsAsync();
        Assert.Equal("", await host.MustAsync("ls /run/passthrough-host-boot-check/held; cat /run/passthrough-host-boot-check/notes"));
        // An emulated processor takes seconds for what others do in a tenth of one: held against the boot it is part of.
        var took = await host.MustAsync(
            "check=$(systemctl show -p ExecMainStartTimestampMonotonic -p ExecMainExitTimestampMonotonic --value passthrough-host-boot-check.service | paste -s -d ' ' | awk '{ print $2 - $1 }');"
            + " boot=$(systemctl show -p FinishTimestampMonotonic --value); echo \"$check of $boot\"; [ $((check * 8)) -lt \"$boot\" ]");
        Assert.Matches("^[1-9][0-9]* of [1-9]", took);

        // One without the argument that binds.
        await host.MustAsync("sed -i 's/ vfio-pci.ids=[^ ]*//' /boot/grub/grub.cfg && ! grep -q vfio-pci.ids= /boot/grub/grub.cfg && sync");
        await RebootAsync(host);
        await host.WaitAsync("virsh -q list --name | grep -qx plain", TimeSpan.FromMinutes(6));
        await host.SlowGuestsAsync();
        Assert.Equal("shut off", await host.MustAsync("virsh domstate lab"));
        await host.WaitAsync("virsh desc lab | grep -q 'held back since'", TimeSpan.FromMinutes(2));
        var (code, said) = await host.SshAsync("virsh start lab");
        Assert.True(code != 0, said);
        Assert.Contains("the guest lab is held back: ", said, StringComparison.Ordinal);
        Assert.Contains("the guest lab is held back: ", await host.MustAsync("journalctl -b -q --no-pager -t passthrough-host"), StringComparison.Ordinal);
        var preview = await _reader.SaysAsync(0, "./passthrough preview --stack gpu-host");
        Assert.Contains("lab is held back since ", preview, StringComparison.Ordinal);
        Assert.DoesNotContain("description", preview, StringComparison.Ordinal);

        // An update mends it once no guest runs, by a reboot.
        await host.MustAsync("virsh destroy plain");
        await _reader.SaysAsync(0, "./passthrough up --stack gpu-host --skip-preview --yes");
        await host.WaitAsync("virsh -q list --name | grep -qx lab && virsh -q list --name | grep -qx plain", TimeSpan.FromMinutes(6));
        await host.SlowGuestsAsync();
        await host.WaitAsync("! virsh desc lab | grep -q 'held back'", TimeSpan.FromMinutes(2));
        await _reader.SaysAsync(0, "./passthrough preview --stack gpu-host --expect-no-changes");

        await _reader.SaysAsync(0, "./passthrough destroy --stack gpu-host --yes");
        // libvirt makes that directory with the first guest on autostart; it is empty, and libvirt's.
        Assert.DoesNotContain(HostFingerprint.Differences(before, await host.MustAsync(HostFingerprint.Command)), d => !d.StartsWith("+ /etc/libvirt/qemu/autostart d ", StringComparison.Ordinal));
        await host.LabAsync("down");
    }

    private static async Task RebootAsync(LabHost host)
    {
        var boot = await host.MustAsync("cat /proc/sys/kernel/random/boot_id");
        // Guests without a system do not shut down when they are asked, and libvirt-guests waits five minutes for each.
        await host.SshAsync("for guest in $(virsh -q list --name); do virsh destroy $guest; done; systemctl reboot");
        await host.WaitAsync($"test $(cat /proc/sys/kernel/random/boot_id) != {boot}", TimeSpan.FromMinutes(8));
    }
}
