using System.ComponentModel;
using System.Text.Json.Serialization;

namespace PassthroughInfra.Component.Spec;

/// <summary>
/// A guest's disk. It is made where it is missing, grown on request, and never shrunk, overwritten or deleted. Source: libvirt, "Domain
/// XML format", Hard drives, floppy disks, CDROMs; QEMU, "Disk Images".
/// </summary>
public sealed record GuestDiskSpec
{
    /// <summary>The image's file, or the block device.</summary>
    [Description("The image's file, or the block device (by a stable name: /dev/disk/by-id/…).")]
    public required HostPath Path { get; init; }

    /// <summary>What it is; by default from the path: <c>block</c> under /dev, <c>raw</c> for <c>.raw</c> and <c>.img</c>, else <c>qcow2</c>.</summary>
    [Description("qcow2, raw or block. Default from the path: block under /dev/, raw for .raw and .img, else qcow2.")]
    public DiskFormat? Format { get; init; }

    /// <summary>Its size as the guest sees it; needed to make it, and not for a block device.</summary>
    [Description("Its size as the guest sees it. Needed where the file is to be made; a block device has its own.")]
    public MemorySize? Size { get; init; }

    /// <summary>Whether a smaller image is grown to <see cref="Size"/>; only while the guest is off.</summary>
    [Description("Whether an existing smaller image is grown to size, while the guest is off.")]
    public bool Grow { get; init; }

    /// <summary>How the guest sees it.</summary>
    [Description("How the guest sees it: virtio (fastest, needs a driver in Windows), scsi (virtio-scsi), sata (no driver needed).")]
    public DiskBus Bus { get; init; } = DiskBus.Virtio;

    /// <summary>The host's caching: <c>none</c> goes past the page cache, and is safe against a power cut.</summary>
    [Description("none (direct, safe), writeback, writethrough, directsync, or unsafe (loses data when the host crashes).")]
    public DiskCache Cache { get; init; } = DiskCache.None;

    /// <summary>How QEMU does I/O; by default <c>native</c> with the caches that allow it, else <c>threads</c>.</summary>
    [Description("native, threads or io_uring. Default: native with cache none or directsync, else threads.")]
    public DiskIo? Io { get; init; }

    /// <summary>Whether what the guest discards (TRIM) is given back to the host.</summary>
    [Description("unmap gives back to the host what the guest trims; ignore does not.")]
    public DiskDiscard Discard { get; init; } = DiskDiscard.Unmap;

    /// <summary>The I/O thread that serves it, from 1; by default in turn. Only for virtio.</summary>
    [Description("The I/O thread that serves it, from 1 to cpus.ioThreads; virtio only. Default: in turn.")]
    public int? IoThread { get; init; }

    /// <summary>The serial number the guest sees; at most 20 characters with virtio.</summary>
    [Description("The serial number the guest sees: at most 20 letters, digits, '-', '_' and '.'.")]
    public string? Serial { get; init; }

    /// <summary>Its place in the boot order; by default after those that say one, in the order of the list.</summary>
    [Description("Its place in the boot order, from 1. The install medium always comes first in the install phase.")]
    public int? BootOrder { get; init; }

    /// <summary>Whether the guest can only read it.</summary>
    [Description("Whether the guest can only read it.")]
    public bool ReadOnly { get; init; }

    /// <summary>The format in effect.</summary>
    [JsonIgnore]
    public DiskFormat FormatInEffect => Format
        ?? (Path.ToString().StartsWith("/dev/", StringComparison.Ordinal) ? DiskFormat.Block
            : System.IO.Path.GetExtension(Path.ToString()) is ".raw" or ".img" ? DiskFormat.Raw
            : DiskFormat.Qcow2);
}

/// <summary>What a disk is on the host.</summary>
public enum DiskFormat
{
    /// <summary>A file that grows with its content.</summary>
    Qcow2,

    /// <summary>A file with the disk's bytes as they are.</summary>
    Raw,

    /// <summary>A block device: a partition, a logical volume, a whole disk.</summary>
    Block,
}

/// <summary>How a guest sees a disk.</summary>
public enum DiskBus
{
    /// <summary>virtio-blk.</summary>
    Virtio,

    /// <summary>virtio-scsi.</summary>
    Scsi,

    /// <summary>SATA.</summary>
    Sata,
}

/// <summary>The host's caching of a disk. Source: QEMU, <c>-drive cache=</c>.</summary>
public enum DiskCache
{
    /// <summary>Past the host's page cache; flushes are passed on.</summary>
    None,

    /// <summary>Through the host's page cache; flushes are passed on.</summary>
    Writeback,

    /// <summary>Every write is flushed.</summary>
    Writethrough,

    /// <summary>Past the page cache, every write flushed.</summary>
    Directsync,

    /// <summary>Flushes are ignored.</summary>
    Unsafe,
}

/// <summary>How QEMU does a disk's I/O. Source: QEMU, <c>-drive aio=</c>.</summary>
public enum DiskIo
{
    /// <summary>Linux AIO; needs a cache mode that goes past the page cache.</summary>
    Native,

    /// <summary>A pool of threads.</summary>
    Threads,

    /// <summary>io_uring.</summary>
    [JsonStringEnumMemberName("io_uring")]
    IoUring,
}

/// <summary>What happens to what a guest discards.</summary>
public enum DiskDiscard
{
    /// <summary>It is given back to the host.</summary>
    Unmap,

    /// <summary>It stays allocated.</summary>
    Ignore,
}

/// <summary>What a guest is installed from (walk-through, rows 11 and 12): CD-ROMs of the install phase alone.</summary>
public sealed record GuestMediaSpec
{
    /// <summary>The system's installation image; the guest boots from it in the install phase.</summary>
    [Description("The system's installation ISO on the host; the guest boots from it in the install phase.")]
    public HostPath? Install { get; init; }

    /// <summary>Its digest.</summary>
    [Description("Its SHA-256 digest; checked where given.")]
    public Sha256Digest? InstallSha256 { get; init; }

    /// <summary>The image with virtio drivers for Windows (virtio-win.iso).</summary>
    [Description("The ISO with virtio drivers for Windows (virtio-win.iso) on the host.")]
    public HostPath? Drivers { get; init; }

    /// <summary>Its digest.</summary>
    [Description("Its SHA-256 digest; checked where given.")]
    public Sha256Digest? DriversSha256 { get; init; }
}
