using System.Text.RegularExpressions;

namespace PassthroughInfra.Component.Spec;

/// <summary>What must hold within the guest's disks and media, whatever the machine.</summary>
internal static partial class GuestStorageRules
{
    private const int MostVirtioDisks = 16;
    private const int MostSataDrives = 6;

    /// <summary>Every rule that is broken.</summary>
    /// <param name="guest">The guest.</param>
    /// <param name="path">Its path.</param>
    public static IEnumerable<SpecError> Check(GuestSpec guest, string path) =>
        [.. guest.AllDisks(path).SelectMany(d => Disk(d.Disk, d.Path, guest)), .. Together(guest, path), .. Media(guest, path)];

    private static IEnumerable<SpecError> Disk(GuestDiskSpec disk, string path, GuestSpec guest)
    {
        var format = disk.FormatInEffect;
        if (format == DiskFormat.Block != disk.Path.ToString().StartsWith("/dev/", StringComparison.Ordinal))
        {
            yield return new($"{path}.format", $"{(format == DiskFormat.Block ? "block" : "a file's format")} does not fit the path {disk.Path}", "block for a path under /dev/, qcow2 or raw for a file");
        }

        if (format == DiskFormat.Block && (disk.Size is not null || disk.Grow))
        {
            yield return new($"{path}.size", "stands beside a block device", "leave size and grow out: a block device has a size of its own");
        }

        if (disk.Grow && disk.Size is null)
        {
            yield return new($"{path}.grow", "is true, and there is no size to grow to", "write size as well");
        }

        if (disk.Size is { } size && (size.MiB < 1 || size.Bytes % (1024 * 1024) != 0))
        {
            yield return new($"{path}.size", $"{size} is no whole number of MiB", "such as 120GiB");
        }

        if (disk.Io == DiskIo.Native && disk.Cache is not (DiskCache.None or DiskCache.Directsync))
        {
            yield return new($"{path}.io", "native needs a cache that goes past the page cache", "cache none or directsync, or io threads or io_uring");
        }

        if (disk.IoThread is { } thread && (disk.Bus != DiskBus.Virtio || thread < 1 || thread > guest.Cpus.IoThreads))
        {
            yield return new($"{path}.ioThread", $"{thread} is no I/O thread this disk can have", $"1 to the guest's cpus.ioThreads ({guest.Cpus.IoThreads}), and for bus virtio only");
        }

        if (disk.Serial is { } serial && !Serial().IsMatch(serial))
        {
            yield return new($"{path}.serial", $"\"{serial}\" is not a serial number", "1 to 20 letters, digits, '-', '_' and '.'");
        }

        if (disk is { ReadOnly: true, Bus: DiskBus.Sata })
        {
            yield return new($"{path}.readOnly", "a SATA disk cannot be read-only", "bus virtio or scsi, or put the image into cdroms");
        }
    }

    private static IEnumerable<SpecError> Together(GuestSpec guest, string place)
    {
        var taken = new Dictionary<HostPath, string>();
        foreach (var (path, file) in guest.AllDisks(place).Select(d => ($"{d.Path}.path", d.Disk.Path)).Concat(guest.AllCdroms(place)))
        {
            if (!taken.TryAdd(file, path))
            {
                yield return new(path, $"{file} is also that of {taken[file]}", "list each file once");
            }
        }

        if (guest.AllDisks().Count(d => d.Disk.Bus == DiskBus.Virtio) > MostVirtioDisks)
        {
            yield return new($"{place}.disks", $"there are more than {MostVirtioDisks} virtio disks", "give some of them bus: scsi");
        }

        // Counted as in the install phase, so that a change of phase is never refused.
        var sata = guest.AllDisks().Count(d => d.Disk.Bus == DiskBus.Sata) + guest.Cdroms.Count + (guest.Media.Install is null ? 0 : 1) + (guest.Media.Drivers is null ? 0 : 1);
        if (sata > MostSataDrives)
        {
            yield return new($"{place}.cdroms", $"there are {sata} SATA drives (disks, media and cdroms)", $"the controller has {MostSataDrives} ports");
        }
    }

    private static IEnumerable<SpecError> Media(GuestSpec guest, string place)
    {
        if (guest.Media is { Install: null, InstallSha256: not null })
        {
            yield return new($"{place}.media.installSha256", "stands without install", "name the file as well");
        }

        if (guest.Media is { Drivers: null, DriversSha256: not null })
        {
            yield return new($"{place}.media.driversSha256", "stands without drivers", "name the file as well");
        }
    }

    [GeneratedRegex("^[A-Za-z0-9_.-]{1,20}\\z")]
    private static partial Regex Serial();
}
