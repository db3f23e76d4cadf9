using PassthroughInfra.Cli.Rehearsal;
using PassthroughInfra.Reuse.Tests.Documents;

namespace PassthroughInfra.Lab.Tests;

/// <summary>A card that is split: its functions are made, one is given to a guest and one stays with the host, they are there again after a boot, and destroy takes them back.</summary>
[Trait("Category", "Lab")]
[Trait("Length", "long")]
public sealed class SriovTests : IDisposable
{
    private const string Card = "/sys/bus/pci/devices/0000:06:00.0";

    private const string Splitting = """    sriov: [{ address: "06:00.0", id: "8086:10c9", vfs: 2, macs: ["52:54:00:0a:00:01", "52:54:00:0a:00:02"] }]""";

    private const string Given = """      - { name: nic, address: "06:10.0", id: "8086:10ca" }""";

    private const string Guest =
        """
            guests:
              - name: lab
                type: qemu
                os: linux
                memory: 256MiB
                cpus: { cores: 1 }
                installDisplay: none
                devices: [nic]
                disk: { path: /var/lib/libvirt/images/lab.qcow2, size: 1GiB }
                autostart: true
                start: running
                restart: force
                shutdownTimeoutSeconds: 2
                protect: false
        """;

    // Each function, its driver and how many share its IOMMU group; the addresses that the card gives them.
    private const string Split =
        $"for d in {Card}/virtfn0 {Card}/virtfn1; do d=$(readlink -f $d); echo ${{d##*/}} $(basename $(readlink $d/driver)) $(ls $d/iommu_group/devices | wc -l); done; ip link show enp6s0 | grep -oE 'vf [01] .*link/ether [0-9a-f:]*'";

    private const string Wanted =
        """
        0000:06:10.0 vfio-pci 1
        0000:06:10.2 igbvf 1
        vf 0     link/ether 52:54:00:0a:00:01
        vf 1     link/ether 52:54:00:0a:00:02
        """;

    private readonly ReadersCheckout _reader = new();

    public void Dispose() => _reader.Dispose();

    [Fact]
    public async Task A_card_is_split_one_function_is_given_to_a_guest_kept_over_a_reboot_and_taken_back()
    {
        var host = await LabHost.PristineAsync("sriov", options: ["--sriov", "igb"]);
        var before = await host.MustAsync(HostFingerprint.Command);

        // The preview says at which addresses the functions will be.
        await host.WriteStackAsync(_reader, "    packages: { manage: false }\n" + Splitting);
        Assert.Contains("06:00.0 will be split into 06:10.0, 06:10.2 [8086:10ca]", await _reader.SaysAsync(0, "./passthrough preview --stack gpu-host"), StringComparison.Ordinal);

        await host.WriteStackAsync(_reader, $"    packages: {{ manage: false }}\n{Splitting}\n{Guest}", $"{Given}\n");
        await _reader.SaysAsync(0, "./passthrough up --stack gpu-host --skip-preview --yes");
        await host.SlowGuestsAsync();
        Assert.Equal(Wanted, await host.MustAsync(Split));
        const string taken = "ls -l /proc/$(cat /run/libvirt/qemu/lab.pid)/fd | grep -c \"/dev/vfio/$(basename $(readlink /sys/bus/pci/devices/0000:06:10.0/iommu_group))$\"";
        Assert.Equal("1", await host.MustAsync(taken));
        await _reader.SaysAsync(0, "./passthrough preview --stack gpu-host --expect-no-changes");

        var boot = await host.MustAsync("cat /proc/sys/kernel/random/boot_id");
        await host.SshAsync("virsh destroy lab; systemctl reboot");
        await host.WaitAsync($"test $(cat /proc/sys/kernel/random/boot_id) != {boot} && virsh -q list --name | grep -qx lab", TimeSpan.FromMinutes(8));
        await host.SlowGuestsAsync();
        Assert.Equal(Wanted, await host.MustAsync(Split));
        Assert.Equal("1", await host.MustAsync(taken));
        // Reset, as a guest gets it and leaves it.
        Assert.Contains("flr", await host.MustAsync("cat /sys/bus/pci/devices/0000:06:10.0/reset_method"), StringComparison.Ordinal);
        Assert.Contains("in sync", await _reader.SaysAsync(0, "./passthrough drift --stack gpu-host"), StringComparison.Ordinal);

        await _reader.SaysAsync(0, "./passthrough destroy --stack gpu-host --yes");
        Assert.Equal("0 igb", await host.MustAsync($"echo $(cat {Card}/sriov_numvfs) $(basename $(readlink {Card}/driver))"));
        // libvirt makes that directory with the first guest on autostart; it is empty, and libvirt's.
        Assert.DoesNotContain(HostFingerprint.Differences(before, await host.MustAsync(HostFingerprint.Command)), d => !d.StartsWith("+ /etc/libvirt/qemu/autostart d ", StringComparison.Ordinal));
        await host.LabAsync("down");
    }
}
