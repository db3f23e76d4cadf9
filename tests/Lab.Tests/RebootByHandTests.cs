using PassthroughInfra.Cli.Rehearsal;
using PassthroughInfra.Reuse.Tests.Documents;

namespace PassthroughInfra.Lab.Tests;

/// <summary>
/// A host that its operator reboots (<c>reboot: never</c>), with storage pools of its own, and a guest that boots from a disk of which each boot is counted: two
/// updates with the reboot between them, and back.
/// </summary>
[Trait("Category", "Lab")]
[Trait("Length", "long")]
public sealed class RebootByHandTests : IDisposable
{
    private const string Counting = "/srv/vm/count.raw";

    // Only what GRUB writes: its own configuration on the same disk has the word too.
    private const string Count = $"mtype -i {Counting} ::/count.env";

    // libvirt takes a directory's pool for active whenever it starts, autostart or not, as long as the directory exists (virStorageBackendFileSystemCheck), and it
    // ends by itself when it has nothing to do: whether such a pool is off is compared by nobody.
    private const string AsIs = "virsh -q pool-start default >/dev/null 2>&1; " + HostFingerprint.Command;

    private const string Data = "/var/lib/libvirt/images/data.qcow2";

    private readonly ReadersCheckout _reader = new();

    private readonly ReadersCheckout _other = new();

    public void Dispose()
    {
        _reader.Dispose();
        _other.Dispose();
    }

    [Fact]
    public async Task Two_updates_and_a_reboot_between_them_bring_a_guest_that_has_not_run_before()
    {
        var host = await LabHost.PristineAsync("reboot-by-hand");
        await host.MustAsync(CountingDisk);
        // One over the directory above the disk's; one over the other disk's directory, off, that does not start with the host.
        await host.MustAsync("virsh pool-define-as srv dir --target /srv && virsh pool-start srv && mkdir -p /var/lib/libvirt/images && virsh pool-define-as default dir --target /var/lib/libvirt/images");
        var before = await host.MustAsync(AsIs);
        await host.MustAsync("virsh pool-destroy default");
        await CheckoutAsync(host, _reader);

        Assert.Contains("a reboot of the host is pending", await _reader.SaysAsync(0, "./passthrough preview --stack gpu-host"), StringComparison.Ordinal);
        var first = await _reader.SaysAsync(0, "./passthrough up --stack gpu-host --skip-preview --yes");
        Assert.Contains("lab is not started: the host has not been rebooted yet", first, StringComparison.Ordinal);
        Assert.Equal("empty", await host.MustAsync(GuestStarts.Command("lab")));
        Assert.Equal(("shut off", "runs=0"), (await host.MustAsync("virsh domstate lab"), await RunsAsync(host)));
        Assert.Equal("3", await host.MustAsync("virsh dumpxml --inactive lab | grep -c '<hostdev '"));
        await PoolsAsync(host);

        // Nothing is to be done until the operator has rebooted it; what is pending stays told.
        var waiting = await _reader.SaysAsync(0, "./passthrough preview --stack gpu-host --expect-no-changes");
        Assert.Contains("the running kernel lacks vfio-pci.ids=", waiting, StringComparison.Ordinal);

        var boot = await host.MustAsync("cat /proc/sys/kernel/random/boot_id");
        await host.SshAsync("systemctl reboot");
        await host.WaitAsync($"test $(cat /proc/sys/kernel/random/boot_id) != {boot}", TimeSpan.FromMinutes(8));

        await host.MustAsync("virsh pool-destroy default");
        var due = await _reader.SaysAsync(0, "./passthrough preview --stack gpu-host");
        Assert.Contains("storage pool over /var/lib/libvirt/images: default, off -> active", due, StringComparison.Ordinal);
        Assert.Contains("start of lab: after the host's reboot -> running", due, StringComparison.Ordinal);
        Assert.DoesNotContain("is pending", due, StringComparison.Ordinal);
        await _reader.SaysAsync(0, "./passthrough up --stack gpu-host --skip-preview --yes");
        Assert.Equal(("empty guest", "running"), (await host.MustAsync(GuestStarts.Command("lab")), await host.MustAsync("virsh domstate lab")));
        await PoolsAsync(host);

        // For its operator, and for another one with the same state.
        await _reader.SaysAsync(0, "./passthrough preview --stack gpu-host --expect-no-changes");
        await CheckoutAsync(host, _other);
        _other.Variables["PULUMI_BACKEND_URL"] = $"file://{_reader.At("")}";
        await _other.SaysAsync(0, "./passthrough preview --stack gpu-host --expect-no-changes");

        await host.WaitAsync($"{Count} | grep -qx runs=1", TimeSpan.FromMinutes(12));
        await _reader.SaysAsync(0, "./passthrough refresh --stack gpu-host --yes");
        Assert.Contains("stopped the storage pool default", await _reader.SaysAsync(0, "./passthrough destroy --stack gpu-host --yes"), StringComparison.Ordinal);
        Assert.Empty(HostFingerprint.Differences(before, await host.MustAsync(AsIs)));
        Assert.Equal("running", await StateAsync(host, "srv"));
        await host.MustAsync($"test -e {Counting} && test -e {Data}");
        await host.LabAsync("down");
    }

    private static async Task PoolsAsync(LabHost host)
    {
        Assert.Equal(("running", "running"), (await StateAsync(host, "srv"), await StateAsync(host, "default")));
        Assert.Equal("default", await host.MustAsync($"virsh vol-pool {Data}"));
        Assert.StartsWith("passthrough-host-", await host.MustAsync($"virsh vol-pool {Counting}"), StringComparison.Ordinal);
        Assert.Equal("no", await host.MustAsync("virsh pool-info default | sed -n 's/^Autostart: *//p'"));
    }

    private static Task<string> StateAsync(LabHost host, string pool) => host.MustAsync($"virsh pool-info {pool} | sed -n 's/^State: *//p'");

    private static Task<string> RunsAsync(LabHost host) => host.MustAsync($"{Count} | grep -x 'runs=[0-9]'");

    private static Task CheckoutAsync(LabHost host, ReadersCheckout reader) => host.WriteStackAsync(
        reader,
        $$"""
            packages: { manage: false }
            boot: { reboot: never }
            guests:
              - name: lab
                type: qemu
                os: linux
                memory: 512MiB
                cpus: { cores: 1 }
                tpm: true
                installDisplay: none
                disk: { path: {{Counting}}, format: raw }
                disks:
                  - { path: {{Data}}, size: 1GiB }
                start: running
                restart: force
                shutdownTimeoutSeconds: 2
                protect: false
        """);

    // GRUB as the only thing on it, which counts in a file and then stands still.
    private const string CountingDisk =
        $$"""
        set -e
        mkdir -p /srv/vm /tmp/count
        cd /tmp/count
        cat >grub.cfg <<'GRUB'
        search --no-floppy --file /count.env --set disk
        load_env -f ($disk)/count.env
        if [ "$runs" = 0 ]; then set runs=1; elif [ "$runs" = 1 ]; then set runs=2; else set runs=3; fi
        save_env -f ($disk)/count.env runs
        while true; do sleep 1000; done
        GRUB
        grub-mkstandalone -O x86_64-efi --install-modules="fat loadenv test echo sleep search search_fs_file" -o BOOTX64.EFI boot/grub/grub.cfg=grub.cfg
        grub-editenv count.env create
        grub-editenv count.env set runs=0
        truncate -s 64M {{Counting}}
        mformat -i {{Counting}} -F ::
        mmd -i {{Counting}} ::/EFI ::/EFI/BOOT
        mcopy -i {{Counting}} BOOTX64.EFI ::/EFI/BOOT/
        mcopy -i {{Counting}} count.env ::/
        {{Count}} | grep -qx runs=0
        """;
}
