using PassthroughInfra.Cli.Rehearsal;
using PassthroughInfra.Component.Spec;
using PassthroughInfra.Reuse.Tests.Documents;

namespace PassthroughInfra.Lab.Tests;

/// <summary>
/// Accidents on an applied host, one after another: an initramfs made while the hook was away, a rule that keeps vfio-pci from being loaded, receipts that somebody
/// deleted; and no room for temporary files on the operator's machine. Each is told as what it is, one update mends it without a reboot and without a change of the
/// network, and destroy ends byte for byte.
/// </summary>
[Trait("Category", "Lab")]
[Trait("Length", "long")]
public sealed class AccidentTests : IDisposable
{
    private const string Hook = "/etc/initramfs-tools/hooks/passthrough-host";

    // The twin is bound by a script in the initramfs.
    private const string Devices =
        """
              - { name: twin, address: "02:00.0", id: "1033:0194" }
              - { name: usb,  address: "04:00.0", id: "1b36:000d" }
        """;

    private const string Machine =
        """
            packages: { manage: false }
            network: { link: enp8s0, vlan: 3000, bridge: br3000, addresses: [10.0.0.37/24], releaseFromNetworkManager: true }
            hugePages: { size: 2M, count: 160 }
            takeOver: [{ path: /etc/sysctl.d/80-by-hand.conf, lines: [vm.nr_hugepages=160] }]
            guests:
              - name: lab
                type: qemu
                os: linux
                memory: 256MiB
                cpus: { cores: 1 }
                installDisplay: none
                devices: []
                disk: { path: /var/lib/libvirt/images/lab.qcow2, size: 1GiB }
                start: leave
                protect: false
        """;

    // Its network and memory alone.
    private static readonly MachineSpec WithoutDevices = SpecReader.Read(
        """
        {
          "connection": { "host": "127.0.0.1", "hostKey": "insecure-accept-any" }, "packages": { "manage": false },
          "network": { "link": "enp8s0", "vlan": 3000, "bridge": "br3000", "addresses": ["10.0.0.37/24"], "releaseFromNetworkManager": true },
          "hugePages": { "size": "2M", "count": 160 },
          "takeOver": [{ "path": "/etc/sysctl.d/80-by-hand.conf", "lines": ["vm.nr_hugepages=160"] }]
        }
        """);

    // What the stack puts aside, and what it takes over.
    private const string ByHand =
        """
        mkdir -p /etc/netplan && printf 'network:\n  version: 2\n  renderer: NetworkManager\n' >/etc/netplan/01-network-manager-all.yaml
        printf 'vm.nr_hugepages=160\nvm.swappiness=10\n' >/etc/sysctl.d/80-by-hand.conf
        """;

    private readonly ReadersCheckout _reader = new();

    public void Dispose() => _reader.Dispose();

    [Fact]
    public async Task Each_is_told_as_what_it_is_and_one_update_mends_it()
    {
        var host = await LabHost.PristineAsync("accidents");
        await host.MustAsync(ByHand);
        var before = await host.MustAsync(HostFingerprint.Command);
        await host.WriteStackAsync(_reader, Machine, Devices);
        await UpAsync();
        await InSyncAsync();
        var (boot, untouched) = (await host.MustAsync("cat /proc/sys/kernel/random/boot_id"), await host.MustAsync(LabHost.NetworkState("br3000")));

        // The initramfs is made without the hook, which comes back with the time it had.
        await host.MustAsync($"mv {Hook} /root/hook && update-initramfs -u && mv /root/hook {Hook} && ! {InInitramfs}");
        var told = await _reader.SaysAsync(2, "./passthrough drift --stack gpu-host 2>&1");
        Assert.Contains("gpu-host: drift on the host (boot)", told, StringComparison.Ordinal);
        Assert.Matches("initramfs of [^ ]+: made without the present binding -> current", told);
        Assert.Matches("initramfs of [^ ]+: made without the present binding -> current", await ChangesAsync());

        // What somebody wrote besides keeps the module from being loaded at all: nothing is written until that is gone.
        foreach (var (rule, said) in new[] { ("blacklist vfio-pci", "vfio-pci is a module: it would not be loaded"), ("install vfio-pci /bin/false", "that is run in place of loading vfio-pci") })
        {
            await host.MustAsync($"echo '{rule}' >/etc/modprobe.d/aa-by-hand.conf");
            foreach (var command in new[] { "preview", "up --skip-preview --yes", "drift" })
            {
                var refused = await _reader.SaysAsync(1, $"./passthrough {command} --stack gpu-host 2>&1");
                Assert.Contains($"/etc/modprobe.d/aa-by-hand.conf has \"{rule}\"", refused, StringComparison.Ordinal);
                Assert.Contains(said, refused, StringComparison.Ordinal);
            }
        }

        await host.MustAsync($"rm /etc/modprobe.d/aa-by-hand.conf && ! {InInitramfs}");
        await UpAsync();
        await host.MustAsync(InInitramfs);
        await InSyncAsync();

        // The receipts are gone, and nothing else.
        await host.MustAsync("rm /var/lib/passthrough-host/*.receipt");
        told = await _reader.SaysAsync(2, "./passthrough drift --stack gpu-host 2>&1");
        Assert.Contains("not known who: the receipts are missing (network)", told, StringComparison.Ordinal);
        Assert.Contains("network: its receipt is missing, the host agrees", told, StringComparison.Ordinal);
        Assert.DoesNotContain("drift on the host", told, StringComparison.Ordinal);
        told = await ChangesAsync();
        Assert.Contains("not known who: the receipts are missing (network)", told, StringComparison.Ordinal);
        Assert.DoesNotContain("drift on the host", told, StringComparison.Ordinal);
        Assert.DoesNotContain("to be applied", told, StringComparison.Ordinal);
        await UpAsync();
        await InSyncAsync();

        // None of all that was a reason to boot or to touch a link.
        Assert.Equal((boot, untouched), (await host.MustAsync("cat /proc/sys/kernel/random/boot_id"), await host.MustAsync(LabHost.NetworkState("br3000"))));

        // This machine has no room for temporary files: the host was not asked, and that is no host in sync.
        told = await ChangesAsync(WithoutRoom);
        Assert.Contains("This machine cannot read", told, StringComparison.Ordinal);
        Assert.Contains("nothing can be written below", told, StringComparison.Ordinal);
        Assert.DoesNotContain("could not be read", told, StringComparison.Ordinal);
        told = await _reader.SaysAsync(1, $"{WithoutRoom} ./passthrough drift --stack gpu-host 2>&1");
        Assert.Contains("nothing can be written below", told, StringComparison.Ordinal);
        Assert.Contains("or name another directory with TMPDIR", told, StringComparison.Ordinal);
        await _reader.SaysAsync(1, $"{WithoutRoom} ./passthrough up --stack gpu-host --skip-preview --yes 2>&1");
        await InSyncAsync();

        await _reader.SaysAsync(0, "./passthrough destroy --stack gpu-host --yes 2>&1");
        Assert.Empty(HostFingerprint.Differences(before, await host.MustAsync(HostFingerprint.Command)));
        await host.MustAsync($"! {InInitramfs}");

        // Without receipts, and without an update before it, what was made is taken back too.
        foreach (var concern in new[] { "memory", "network", "network-confirm" })
        {
            var (code, output) = await host.ApplyAsync(WithoutDevices, concern);
            Assert.True(code == 0, output);
            await host.WaitAsync("test -e /etc/sysctl.d/60-passthrough-host.conf", TimeSpan.FromSeconds(60));
        }

        await host.MustAsync("test -e /sys/class/net/br3000 && test ! -e /etc/netplan/01-network-manager-all.yaml && ! grep -q nr_hugepages /etc/sysctl.d/80-by-hand.conf && rm /var/lib/passthrough-host/*.receipt");
        foreach (var concern in new[] { "network-confirm", "network", "memory" })
        {
            var (code, output) = await host.RevertAsync(WithoutDevices, concern);
            Assert.True(code == 0, output);
        }

        Assert.Empty(HostFingerprint.Differences(before, await host.MustAsync(HostFingerprint.Command)));
        await host.LabAsync("down");
    }

    private const string InInitramfs = "lsinitramfs /boot/initrd.img-$(uname -r) | grep passthrough-host/";

    // A file system without a byte to spare, in a namespace of this command's own.
    private static string WithoutRoom =>
        $"unshare {(Environment.UserName == "root" ? "-m" : "-Urm")} sh -c 'mkdir -p full && mount -t tmpfs -o size=16k none full && {{ cat /dev/zero >full/filler; TMPDIR=$PWD/full exec \"$@\"; }} 2>&1' sh";

    private async Task InSyncAsync()
    {
        Assert.Contains("in sync", await _reader.SaysAsync(0, "./passthrough drift --stack gpu-host --strict 2>&1"), StringComparison.Ordinal);
        await _reader.SaysAsync(0, "./passthrough preview --stack gpu-host --expect-no-changes 2>&1");
    }

    private Task<string> ChangesAsync(string with = "") => _reader.SaysAsync(7, $"{with} ./passthrough preview --stack gpu-host --expect-no-changes 2>&1");

    private Task<string> UpAsync() => _reader.SaysAsync(0, "./passthrough up --stack gpu-host --skip-preview --yes 2>&1");
}
