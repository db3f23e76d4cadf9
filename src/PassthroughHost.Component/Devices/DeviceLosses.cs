using PassthroughInfra.Component.Facts;
using PassthroughInfra.Component.Spec;

namespace PassthroughInfra.Component.Devices;

/// <summary>What the host would lose with a function, whatever else goes.</summary>
internal static class DeviceLosses
{
    public static IReadOnlyDictionary<PciAddress, DeviceLoss> Of(HostFacts facts, PciTopology topology, HostDisplays displays, HostKeyboards keyboards)
    {
        var losses = new Dictionary<PciAddress, DeviceLoss>();
        foreach (var disk in Carried(facts).SelectMany(d => Carriers(d.Controller, facts, topology).Select(c => (d.Text, Carrier: c))).GroupBy(d => d.Carrier))
        {
            losses[disk.Key] = new(LossKind.Disk, $"carries {string.Join(", ", disk.Select(d => d.Text).Distinct())}");
        }

        var path = facts.Network.SshPath;
        foreach (var link in path.Links)
        {
            foreach (var carrier in Carriers(link.Pci!.Value, facts, topology))
            {
                var words = path.Unknown.Length == 0 ? "carries this SSH connection" : $"may carry the SSH connection: {path.Unknown}";
                losses.TryAdd(carrier, new DeviceLoss(LossKind.Connection, $"is {link.Name}, which {words}") { IsPossible = path.Unknown.Length > 0 });
            }
        }

        // What is not known to be elsewhere may be on any function that can carry a disk.
        foreach (var disk in Unknown(facts))
        {
            foreach (var function in facts.Pci.Where(p => MayCarryDisk(p, disk)))
            {
                losses.TryAdd(function.Address, new(LossKind.Disk, $"may carry {disk.Mount} ({disk.Device}): {disk.Words}") { IsPossible = true });
            }
        }

        if (displays.Pictures is [var only])
        {
            losses.TryAdd(only.Address, new(LossKind.Display, $"is the machine's only display{(HostDisplays.IsFirmwareScreen(only, facts) ? ", and shows its console" : "")}"));
        }

        foreach (var controller in (facts.Usb ?? []).Where(HostKeyboards.IsManagement).GroupBy(u => u.Controller))
        {
            losses.TryAdd(controller.Key, new(LossKind.Keyboard, $"has what the board's management controller plugs in ({controller.First()})"));
        }

        if (keyboards.Keyboards.Select(k => k.Controller).Distinct().ToList() is [var last])
        {
            losses.TryAdd(last, new(LossKind.Keyboard, $"has the only USB keyboard ({keyboards.Keyboards[0]})"));
        }

        return losses;
    }

    /// <summary>What cannot be told to be on one function or another.</summary>
    /// <param name="facts">What was read. An older recording says nothing of disks that are on no function: then the root file system's is unknown if it names none.</param>
    public static IEnumerable<OtherDiskFacts> Unknown(HostFacts facts) =>
        facts.OtherDisks is { } others
            ? others.Where(d => d.Kind == DiskPlace.Unknown || (d.Kind == DiskPlace.Network && !Over(d, facts).Any()))
                .Concat(others.Concat(facts.Disks.Select(d => new OtherDiskFacts(d.Mount, d.Device, DiskPlace.Elsewhere))).Any(d => d.Mount == "/") ? [] : [Nowhere])
            : facts.Disks.Any(d => d.Mount == "/") ? [] : [Nowhere];

    private static OtherDiskFacts Nowhere { get; } = new("/", "?", DiskPlace.Unknown, "", "the facts do not say what the root file system is on");

    private static IEnumerable<(PciAddress Controller, string Text)> Carried(HostFacts facts) =>
        facts.Disks.Select(d => (d.Controller, $"{d.Mount} ({d.Device})"))
            .Concat((facts.OtherDisks ?? []).Where(d => d.Kind == DiskPlace.Network).SelectMany(d => Over(d, facts).Select(l => (l.Pci!.Value, $"{d.Mount} ({d.Device}, {d.Words} over {l.Name})"))));

    // The network cards below the link that leads to a disk.
    private static IEnumerable<LinkFacts> Over(OtherDiskFacts disk, HostFacts facts) =>
        facts.Network.Links.Where(l => l.Name == disk.Link).SelectMany(facts.Network.Below).Where(l => l.Pci is not null);

    // Everything but displays, sound, processors and what only computes; what is on the network may be behind a network card, or one on USB.
    private static bool MayCarryDisk(PciFacts function, OtherDiskFacts disk) =>
        !function.IsBridge && !DeviceClass.Starts(function, "03", "04", "05", "06", "07", "09", "0b", "0c05", "10", "11", "12", "13")
        && (disk.Kind != DiskPlace.Network || DeviceClass.Starts(function, "02", "0c03", "0c06", "0d"));

    // What a controller hides from the machine (Intel VMD) is lost with that controller, and a virtual function with its physical one.
    private static IEnumerable<PciAddress> Carriers(PciAddress function, HostFacts facts, PciTopology topology) =>
        facts.Device(function) is not { } found ? [function]
        : topology.Above(found).Where(a => !a.IsBridge).Select(a => a.Address).Concat(found.PhysicalFunction is { } physical ? [physical] : []).Prepend(function);
}
