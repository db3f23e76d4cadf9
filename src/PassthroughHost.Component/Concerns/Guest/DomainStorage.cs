using System.Xml.Linq;
using PassthroughInfra.Component.Spec;

namespace PassthroughInfra.Component.Concerns.Guest;

/// <summary>Disks and CD-ROM drives.</summary>
internal static class DomainStorage
{
    /// <summary>
    /// The place in the boot order of everything that has one, by the path of a disk's file or the name of a device. The install medium is
    /// 1 and the others begin at 2 in both phases, so that they keep theirs.
    /// </summary>
    public static IReadOnlyDictionary<string, int> BootOrder(GuestSpec guest)
    {
        var disks = guest.AllDisks().Select((d, i) => (Key: d.Disk.Path.ToString(), Order: d.Disk.BootOrder ?? 100 + i));
        var devices = guest.DeviceOptions.Where(o => o.Value.BootOrder is not null).Select(o => (o.Key, Order: o.Value.BootOrder!.Value));
        return disks.Concat(devices).OrderBy(b => b.Order).ThenBy(b => b.Key, StringComparer.Ordinal).Select((b, i) => (b.Key, i)).ToDictionary(b => b.Key, b => b.i + 2, StringComparer.Ordinal);
    }

    /// <summary>The <c>disk</c> elements: virtio, SCSI, SATA, then CD-ROM drives with those of the install phase last.</summary>
    public static IEnumerable<XElement> Disks(GuestSpec guest, PciLayout layout)
    {
        var order = BootOrder(guest);
        var disks = guest.AllDisks().Select(d => d.Disk).ToList();
        var serial = 0;
        foreach (var (disk, i) in disks.Where(d => d.Bus == DiskBus.Virtio).Select((d, i) => (d, i)))
        {
            var thread = guest.Cpus.IoThreads == 0 ? (int?)null : disk.IoThread ?? (i % guest.Cpus.IoThreads) + 1;
            yield return Disk(disk, "vd", i, thread, order, layout.On(PciPlace.Disk(i)));
        }

        foreach (var (disk, i) in disks.Where(d => d.Bus == DiskBus.Scsi).Select((d, i) => (d, i)))
        {
            yield return Disk(disk, "sd", serial++, null, order, Drive(i));
        }

        var port = 0;
        foreach (var disk in disks.Where(d => d.Bus == DiskBus.Sata))
        {
            yield return Disk(disk, "sd", serial++, null, order, Drive(port++));
        }

        foreach (var image in guest.Cdroms)
        {
            yield return Cdrom(image, serial++, port++, false);
        }

        if (guest.Phase == GuestPhase.Install)
        {
            if (guest.Media.Install is { } install)
            {
                yield return Cdrom(install, serial++, port++, true);
            }

            if (guest.Media.Drivers is { } drivers)
            {
                yield return Cdrom(drivers, serial, port, false);
            }
        }
    }

    private static XElement Disk(GuestDiskSpec disk, string prefix, int index, int? thread, IReadOnlyDictionary<string, int> order, XElement address)
    {
        var block = disk.FormatInEffect == DiskFormat.Block;
        return new(
            "disk",
            new XAttribute("type", block ? "block" : "file"),
            new XAttribute("device", "disk"),
            new XElement(
                "driver",
                new XAttribute("name", "qemu"),
                new XAttribute("type", disk.FormatInEffect == DiskFormat.Qcow2 ? "qcow2" : "raw"),
                new XAttribute("cache", disk.Cache.ToString().ToLowerInvariant()),
                new XAttribute("io", Io(disk)),
                new XAttribute("discard", disk.Discard == DiskDiscard.Unmap ? "unmap" : "ignore"),
                thread is null ? null : new XAttribute("iothread", thread)),
            new XElement("source", new XAttribute(block ? "dev" : "file", disk.Path)),
            new XElement("target", new XAttribute("dev", Name(prefix, index)), new XAttribute("bus", disk.Bus.ToString().ToLowerInvariant())),
            disk.ReadOnly ? new XElement("readonly") : null,
            disk.Serial is { } serial ? new XElement("serial", serial) : null,
            new XElement("boot", new XAttribute("order", order[disk.Path.ToString()])),
            address);
    }

    private static XElement Cdrom(HostPath image, int index, int port, bool boot) => new(
        "disk",
        new XAttribute("type", "file"),
        new XAttribute("device", "cdrom"),
        new XElement("driver", new XAttribute("name", "qemu"), new XAttribute("type", "raw")),
        new XElement("source", new XAttribute("file", image)),
        new XElement("target", new XAttribute("dev", Name("sd", index)), new XAttribute("bus", "sata")),
        new XElement("readonly"),
        boot ? new XElement("boot", new XAttribute("order", 1)) : null,
        Drive(port));

    private static string Io(GuestDiskSpec disk) => (disk.Io ?? (disk.Cache is DiskCache.None or DiskCache.Directsync ? DiskIo.Native : DiskIo.Threads)) switch
    {
        DiskIo.Native => "native",
        DiskIo.IoUring => "io_uring",
        _ => "threads",
    };

    private static XElement Drive(int unit) => new(
        "address",
        new XAttribute("type", "drive"),
        new XAttribute("controller", 0),
        new XAttribute("bus", 0),
        new XAttribute("target", 0),
        new XAttribute("unit", unit));

    // sda … sdz, sdaa …
    private static string Name(string prefix, int index) => index < 26 ? $"{prefix}{(char)('a' + index)}" : $"{prefix}{(char)('a' + (index / 26) - 1)}{(char)('a' + (index % 26))}";
}
