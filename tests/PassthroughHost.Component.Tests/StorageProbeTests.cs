using PassthroughInfra.Component.Devices;
using PassthroughInfra.Component.Facts;
using PassthroughInfra.Component.Tests.Support;

namespace PassthroughInfra.Component.Tests;

/// <summary>
/// probe-storage.sh as it is, on a sysfs of this test's own: what carries a mount is known through every layer, and what is not known is said. The paths are those
/// of Linux 6.1, from the sources named at each; they are supposed and not captured, but for that of VMD (DeviceProbeTests).
/// </summary>
public sealed class StorageProbeTests : IDisposable
{
    private const string Nvme = "pci0000:00/0000:00:1b.0/0000:03:00.0";
    private const string Sata = "pci0000:00/0000:00:17.0";
    private const string Card = "pci0000:00/0000:00:1d.0/0000:07:00.0";

    private readonly SysfsTree tree = new();

    public StorageProbeTests()
    {
        tree.Function("pci0000:00/0000:00:1b.0", "8086:a2e7", "060400");
        tree.Function(Nvme, "144d:a808", "010802");
        tree.Function(Sata, "8086:a282", "010601");
        tree.Function("pci0000:00/0000:00:1d.0", "8086:a298", "060400");
        tree.Function(Card, "10ec:8168", "020000");
        tree.Block($"{Nvme}/nvme/nvme0/nvme0n1");
        foreach (var n in new[] { 1, 2, 3 })
            tree.Partition($"{Nvme}/nvme/nvme0/nvme0n1/nvme0n1p{n}");
        foreach (var (port, disk) in new[] { (1, "sda"), (2, "sdb") })
        {
            tree.Block($"{Sata}/ata{port}/host{port}/target{port}:0:0/{port}:0:0:0/block/{disk}");
            tree.Partition($"{Sata}/ata{port}/host{port}/target{port}:0:0/{port}:0:0:0/block/{disk}/{disk}1");
        }
    }

    public void Dispose() => tree.Dispose();

    /// <summary>drivers/md/dm.c, block/holder.c.</summary>
    [Fact]
    public void LVM_on_dm_crypt_on_a_partition()
    {
        tree.Block("virtual/block/dm-0", "nvme0n1p3");
        tree.Block("virtual/block/dm-1", "dm-0");
        Assert.Equal(["/ -> 0000:03:00.0"], Known(Mount("/", "253:1", "ext4", "/dev/dm-1")));
    }

    /// <summary>drivers/md/md.c: a partition of an array has no slaves of its own.</summary>
    [Fact]
    public void A_partition_of_an_md_array_over_two_controllers()
    {
        tree.Block("virtual/block/md0", "sda1", "nvme0n1p2");
        tree.Partition("virtual/block/md0/md0p1");
        Assert.Equal(["/ -> 0000:00:17.0", "/ -> 0000:03:00.0"], Known(Mount("/", "259:9", "xfs", "/dev/md0p1")));
    }

    /// <summary>drivers/md/dm-mpath.c: each path is a slave.</summary>
    [Fact]
    public void LVM_on_md_on_dm_multipath()
    {
        tree.Block("virtual/block/dm-2", "sda", "sdb");
        tree.Block("virtual/block/md1", "dm-2", "nvme0n1p1");
        tree.Block("virtual/block/dm-5", "md1");
        Assert.Equal(["/boot -> 0000:00:17.0", "/boot -> 0000:03:00.0"], Known(Mount("/boot", "253:5", "ext4", "/dev/dm-5")));
    }

    /// <summary>drivers/nvme/host/core.c, nvme_init_subsystem: the subsystem has a link to each of its controllers.</summary>
    [Fact]
    public void Native_NVMe_multipath_has_all_its_controllers()
    {
        const string Other = "pci0000:80/0000:80:01.0/0000:81:00.0";
        tree.Function(Other, "144d:a808", "010802");
        tree.Block("virtual/nvme-subsystem/nvme-subsys4/nvme4n1");
        tree.Partition("virtual/nvme-subsystem/nvme-subsys4/nvme4n1/nvme4n1p2");
        tree.Write($"sys/devices/{Other}/nvme/nvme5/address", "0000:81:00.0\n");
        tree.Write($"sys/devices/{Nvme}/nvme/nvme4/address", "0000:03:00.0\n");
        tree.Link("sys/devices/virtual/nvme-subsystem/nvme-subsys4/nvme4", $"../../../{Nvme}/nvme/nvme4");
        tree.Link("sys/devices/virtual/nvme-subsystem/nvme-subsys4/nvme5", $"../../../{Other}/nvme/nvme5");
        Assert.Equal(["/ -> 0000:03:00.0", "/ -> 0000:81:00.0"], Known(Mount("/", "259:7", "ext4", "/dev/nvme4n1p2")));
    }

    /// <summary>drivers/nvme/host/fabrics.c: the controller's address names the target.</summary>
    [Fact]
    public void NVMe_over_TCP_is_on_the_network_card()
    {
        tree.Block("virtual/nvme-subsystem/nvme-subsys1/nvme1n1");
        tree.Write("sys/devices/virtual/nvme-fabrics/ctl/nvme1/address", "traddr=198.51.100.9,trsvcid=4420\n");
        tree.Link("sys/devices/virtual/nvme-subsystem/nvme-subsys1/nvme1", "../../nvme-fabrics/ctl/nvme1");
        Assert.Equal(["/ nvme1n1 Network enp7s0 NVMe over Fabrics"], Other(Mount("/", "259:5", "ext4", "/dev/nvme1n1")));
    }

    /// <summary>fs/btrfs/sysfs.c: devices/ has a link to each.</summary>
    [Fact]
    public void Btrfs_with_two_devices_has_both()
    {
        foreach (var device in new[] { "sda1", "nvme0n1p2" })
            tree.Write($"sys/fs/btrfs/6a7b/devices/{device}/size", "1\n");
        Assert.Equal(["/ -> 0000:00:17.0", "/ -> 0000:03:00.0"], Known(Mount("/", "0:24", "btrfs", "/dev/sda1")));
    }

    /// <summary>drivers/md/bcache/super.c, bcache_device_link: backing and caching devices are slaves.</summary>
    [Fact]
    public void Bcache_has_its_disk_and_its_cache()
    {
        tree.Block("virtual/block/bcache0", "sdb", "nvme0n1p1");
        Assert.Equal(["/ -> 0000:00:17.0", "/ -> 0000:03:00.0"], Known(Mount("/", "251:0", "ext4", "/dev/bcache0")));
    }

    /// <summary>drivers/scsi/scsi_transport_iscsi.c; iscsi_tcp's host has no parent on PCI.</summary>
    [Fact]
    public void ISCSI_below_LVM_is_on_the_network_card()
    {
        tree.Block("platform/host3/session1/target3:0:0/3:0:0:0/block/sdc");
        tree.Write("sys/class/iscsi_connection/connection1:0/address", "198.51.100.9\n");
        tree.Block("virtual/block/dm-7", "sdc");
        Assert.Equal(["/srv/guests sdc Network enp7s0 iSCSI"], Other(Mount("/srv/guests", "253:7", "ext4", "/dev/dm-7")));
    }

    [Fact]
    public void What_is_mounted_over_NFS_is_on_the_network_card() =>
        Assert.Equal(["/srv nas:/export Network enp7s0 nfs4"], Other(Mount("/srv", "0:50", "nfs4", "nas:/export", "rw,vers=4.2,addr=198.51.100.9")));

    /// <summary>drivers/block/nbd.c, rbd.c, loop.c: nothing says what is behind them.</summary>
    [Theory]
    [InlineData("virtual/block/nbd0", "network block device (NBD)")]
    [InlineData("rbd/0/block/rbd0", "a kind that is not known")]
    [InlineData("virtual/block/newthing0", "a kind that is not known")]
    public void What_no_rule_knows_is_not_known_and_every_card_that_may_carry_it_is_protected(string path, string why)
    {
        tree.Block(path);
        var facts = Read(Mount("/", "43:0", "ext4", $"/dev/{Path.GetFileName(path)}"));
        Assert.Contains(why, Assert.Single(facts.OtherDisks!).Words, StringComparison.Ordinal);
        Assert.Equal(["00:17.0", "03:00.0", "07:00.0"], HostDevices.Of(facts).Losses.Where(l => l.Value.IsPossible).Select(l => l.Key.Brief).Order());
    }

    /// <summary>init/do_mounts.c: a kernel without an initramfs calls its root /dev/root; the number of its device is right.</summary>
    [Fact]
    public void Dev_root_is_told_by_its_number()
    {
        tree.Link("sys/dev/block/8:1", $"../../devices/{Sata}/ata1/host1/target1:0:0/1:0:0:0/block/sda/sda1");
        Assert.Equal(["/ -> 0000:00:17.0"], Known(Mount("/", "8:1", "ext4", "/dev/root")));
    }

    /// <summary>zpool-list(8), -v -P -L: a line for each device, with its path.</summary>
    [Fact]
    public void A_ZFS_pool_has_all_its_devices()
    {
        const string Zpool = "timeout() { shift; \"$@\"; }; zpool() { printf 'rpool\\t1T\\n\\tmirror-0\\t1T\\n\\t/dev/sda1\\t1T\\n\\t/dev/nvme0n1p3\\t1T\\n'; }\n";
        Assert.Equal(["/ -> 0000:00:17.0", "/ -> 0000:03:00.0"], [.. Read(Mount("/", "0:26", "zfs", "rpool/ROOT/debian"), Zpool).Disks.Select(Shown).Order(StringComparer.Ordinal)]);
        Assert.Contains("ZFS pool", Assert.Single(Read(Mount("/", "0:26", "zfs", "rpool/ROOT/debian"), "timeout() { return 1; }\n").OtherDisks!).Words, StringComparison.Ordinal);
    }

    [Fact]
    public void Memory_and_file_systems_in_files_are_no_disks_and_a_root_of_another_kind_is_not_known()
    {
        tree.Block("virtual/block/zram0");
        tree.Write("proc/swaps", "Filename Type Size Used Priority\n/dev/zram0 partition 1 0 100\n/dev/sdb1 partition 1 0 -2\n");
        var facts = Read(Mount("/", "0:30", "overlay", "overlay") + Mount("/snap/core", "7:1", "squashfs", "/dev/loop1") + Mount("/tmp", "0:31", "tmpfs", "tmpfs"));
        Assert.Equal(["swap -> 0000:00:17.0"], facts.Disks.Select(Shown));
        Assert.Equal("a file system of the kind overlay", Assert.Single(facts.OtherDisks!).Words);
    }

    /// <summary>An eMMC that ACPI describes, and a disk of Xen's or Hyper-V's: their buses are not PCI's.</summary>
    [Fact]
    public void A_disk_on_another_bus_is_known_to_be_no_functions()
    {
        tree.Block("platform/80860F14:00/mmc_host/mmc0/mmc0:0001/block/mmcblk0");
        var facts = Read(Mount("/", "179:0", "ext4", "/dev/mmcblk0"));
        Assert.Equal(DiskPlace.Elsewhere, Assert.Single(facts.OtherDisks!).Kind);
        Assert.DoesNotContain(HostDevices.Of(facts).Losses, l => l.Value.Kind == LossKind.Disk);
    }

    private static string Shown(DiskFacts disk) => $"{disk.Mount} -> {disk.Controller}";

    private static string Mount(string target, string number, string kind, string source, string options = "rw") => $"30 1 {number} / {target} rw,relatime shared:1 - {kind} {source} {options}\n";

    /// <summary>A file's file system has a row of its own; a program that serves one is on nothing, whatever it names; a stick that was pulled is nowhere.</summary>
    [Fact]
    public void What_is_mounted_from_a_file_a_program_or_a_stick_that_is_gone_forbids_nothing()
    {
        tree.Block("virtual/block/loop7");
        tree.Block("virtual/block/dm-9", "loop7");
        Assert.Empty(Other(
            Mount("/mnt/iso", "7:7", "iso9660", "/dev/loop7") + Mount("/home/anna", "253:9", "btrfs", "/dev/dm-9")
            + Mount("/run/user/0/doc", "0:61", "fuse.portal", "/dev/fuse") + Mount("/media/stick", "8:65", "vfat", "/dev/sde1")));
        Assert.Contains("a loop device, and what its file is on is not known", Assert.Single(Other(Mount("/", "7:7", "ext4", "/dev/loop7"))), StringComparison.Ordinal);
    }

    /// <summary>zfs's zvol_id (udev rules): /dev/zvol/POOL/NAME is a link to the volume's device. One that does not answer is asked once.</summary>
    [Fact]
    public void A_ZFS_volume_is_on_its_pools_disks()
    {
        tree.Block("virtual/block/zd16");
        const string Says = "find() { case $1 in /dev/zvol) echo /dev/zvol/tank/swap ;; *) command find \"$@\" ;; esac; }\nreadlink() { case ${2:-} in /dev/zvol/*) echo /dev/zd16 ;; *) command readlink \"$@\" ;; esac; }\ntimeout() { [ ! -e ./asked ] || return 1; : >./asked; printf 'tank\\t1\\n\\t/dev/sda1\\t1\\n'; }\n";
        var facts = Read(Mount("/srv/a", "230:16", "ext4", "/dev/zd16") + Mount("/tank", "0:40", "zfs", "tank") + Mount("/tank/b", "0:41", "zfs", "tank/b"), Says);
        Assert.Equal(["/srv/a -> 0000:00:17.0", "/tank -> 0000:00:17.0", "/tank/b -> 0000:00:17.0"], facts.Disks.Select(Shown).Order(StringComparer.Ordinal));
    }

    private List<string> Known(string mounts) => [.. Read(mounts).Disks.Select(Shown).Distinct().Order(StringComparer.Ordinal)];

    private List<string> Other(string mounts) => [.. Read(mounts).OtherDisks!.Select(d => $"{d.Mount} {d.Device} {d.Kind} {d.Link} {d.Words}")];

    private HostFacts Read(string mounts, string before = "")
    {
        tree.Write("proc/self/mountinfo", mounts);
        return ProbeParser.Parse(tree.Run($"{before}[ -e ./proc/swaps ] || echo >./proc/swaps\nip() {{ echo \"198.51.100.9 dev enp7s0 src 198.51.100.5 uid 0\"; }}\nset +u\ndevices\nprintf 'link\\tenp7s0\\t\\tup\\t1500\\t0000:07:00.0\\t\\t\\t\\ton\\tyes\\n'\nstorage\n:", "probe-devices.sh", "probe-storage.sh") + "\nend\n");
    }
}
