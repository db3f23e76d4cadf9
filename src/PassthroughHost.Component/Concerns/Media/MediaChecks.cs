using PassthroughInfra.Component.Facts;
using PassthroughInfra.Component.Planning;
using PassthroughInfra.Component.Spec;

namespace PassthroughInfra.Component.Concerns.Media;

/// <summary>What a preview says of a guest's disks and ISOs.</summary>
internal static class MediaChecks
{
    // Below this the host itself gets into trouble as soon as the guest writes.
    private static readonly MemorySize Least = MemorySize.Parse("1GiB");

    /// <summary>Everything that was found.</summary>
    public static IEnumerable<Finding> Check(DeclaredGuest guest, GuestFacts facts) =>
    [
        .. guest.Spec.AllCdroms(guest.Subject).SelectMany(c => Iso(c.Path, facts.Medium(c.Image.ToString()))),
        .. guest.Spec.AllDisks(guest.Subject).SelectMany(d => Disk(d.Path, d.Disk, facts.Medium(d.Disk.Path.ToString()))),
        .. Room(guest, facts),
    ];

    // The update stops there, after the host itself is set up: until then the directory may not even exist.
    private static IEnumerable<Finding> Iso(string path, MediumFacts live)
    {
        if (live.Kind == MediumKind.Absent)
        {
            yield return new(Severity.Warning, path, $"{live.Path} is not on the host", "copy it there before the update comes to the guest; the host is set up without it");
        }
        else if (live.Kind != MediumKind.File || live.Bytes == 0)
        {
            yield return new(Severity.Error, path, $"{live.Path} is {(live.Kind == MediumKind.File ? "empty" : "no file")}", "copy the ISO there again");
        }
        else if (live.Reachable == false)
        {
            yield return Unreachable(path, live);
        }
    }

    private static IEnumerable<Finding> Disk(string path, GuestDiskSpec disk, MediumFacts live)
    {
        if (live.Kind == MediumKind.Absent)
        {
            if (disk.FormatInEffect == DiskFormat.Block || disk.Size is null)
            {
                yield return new(
                    Severity.Error,
                    path,
                    $"there is no {live.Path}",
                    disk.FormatInEffect == DiskFormat.Block ? "block devices are not made here: see lsblk and ls -l /dev/disk/by-id" : "give its size, so that it can be made, or put it there");
            }

            yield break;
        }

        if (live.Kind == MediumKind.Other || (live.Kind == MediumKind.Block) != (disk.FormatInEffect == DiskFormat.Block))
        {
            var found = live.Kind switch { MediumKind.Block => "a block device", MediumKind.File => "a file", _ => "neither a file nor a block device" };
            yield return new(Severity.Error, path, $"{live.Path} is {found}", $"format: {(live.Kind == MediumKind.Block ? "block" : "qcow2 or raw")}, or another path");
            yield break;
        }

        if (live.Kind == MediumKind.File && live.Format.Length > 0 && live.Format != MediaConcern.Format(disk))
        {
            yield return new(Severity.Error, path, $"{live.Path} is {live.Format}, not {MediaConcern.Format(disk)}", $"write format: {live.Format}; an image is never converted or overwritten");
        }

        if (disk.Size is { } size && live.VirtualBytes > 0 && live.Kind == MediumKind.File)
        {
            var has = new MemorySize(live.VirtualBytes);
            if (has.Bytes > size.Bytes)
            {
                yield return new(Severity.Warning, path, $"{live.Path} has {has}, more than the {size} of the spec", "a disk is never shrunk: it is left as it is; write its size into the spec");
            }
            else if (has.Bytes < size.Bytes && !disk.Grow)
            {
                yield return new(Severity.Warning, path, $"{live.Path} has {has}, less than the {size} of the spec", "it is left as it is; grow: true enlarges it");
            }
        }

        if (live.Reachable == false)
        {
            yield return Unreachable(path, live);
        }
    }

    private static IEnumerable<Finding> Room(DeclaredGuest guest, GuestFacts facts)
    {
        var needs = guest.Spec.AllDisks(guest.Subject)
            .Where(d => d.Disk.Size is not null && d.Disk.FormatInEffect != DiskFormat.Block)
            .Select(d => (d.Path, Live: facts.Medium(d.Disk.Path.ToString()), Size: d.Disk.Size!.Value.Bytes))
            .Where(d => d.Live.Mount.Length > 0)
            .GroupBy(d => d.Live.Mount);
        foreach (var mount in needs)
        {
            // What an image already takes up is not free any more.
            var needed = new MemorySize(mount.Sum(d => Math.Max(0, d.Size - d.Live.Bytes)));
            var free = MemorySize.FromKiB(mount.First().Live.FreeKiB);
            var disks = string.Join(" and ", mount.Select(d => d.Live.Path));
            if (mount.Any(d => d.Live.Kind == MediumKind.Absent) && free.Bytes < Least.Bytes)
            {
                yield return new(Severity.Error, mount.First().Path, $"{disks} would be on {mount.Key}, where {Amounts.OfKiB(free.KiB)} are free", "make room there, or put it elsewhere");
            }
            else if (needed.Bytes > free.Bytes)
            {
                yield return new(Severity.Warning, mount.First().Path, $"{disks} may grow by {Amounts.OfKiB(needed.KiB)}, and {mount.Key} has {Amounts.OfKiB(free.KiB)} free", "images take room as the guest writes: a full file system stops the guest, and the host with it if that is its own");
            }
        }
    }

    private static Finding Unreachable(string path, MediumFacts live) => new(
        Severity.Error,
        path,
        $"the hypervisor's user cannot enter the directories of {live.Path}",
        "put it under /var/lib/libvirt/images, or let others enter each directory on the way (chmod o+x)");
}
