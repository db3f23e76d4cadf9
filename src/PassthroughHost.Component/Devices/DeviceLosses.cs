using PassthroughInfra.Component.Facts;
using PassthroughInfra.Component.Spec;

namespace PassthroughInfra.Component.Devices;

/// <summary>What the host would lose with a function, whatever else goes.</summary>
internal static class DeviceLosses
{
    public static IReadOnlyDictionary<PciAddress, DeviceLoss> Of(HostFacts facts, PciTopology topology, HostDisplays displays, HostKeyboards keyboards)
    {
        var losses = new Dictionary<PciAddress, DeviceLoss>();
        foreach (var disk in facts.Disks.SelectMany(d => Carriers(d.Controller, facts, topology).Select(c => (Disk: d, Carrier: c))).GroupBy(d => d.Carrier))
        {
            losses[disk.Key] = new(LossKind.Disk, $"carries {string.Join(", ", disk.Select(d => $"{d.Disk.Mount} ({d.Disk.Device})").Distinct())}");
        }

        if (facts.Network.SshLink is { } link)
        {
            foreach (var below in facts.Network.Below(link).Where(l => l.Pci is not null))
            {
                foreach (var carrier in Carriers(below.Pci!.Value, facts, topology))
                {
                    losses[carrier] = new(LossKind.Connection, $"is {below.Name}, which carries this SSH connection");
                }
            }
        }

        if (displays.Pictures is [var only])
        {
            losses.TryAdd(only.Address, new(LossKind.Display, $"is the machine's only display{(only.BootVga == true ? ", and shows its console" : "")}"));
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

    // What a controller hides from the machine (Intel VMD) is lost with that controller.
    private static IEnumerable<PciAddress> Carriers(PciAddress function, HostFacts facts, PciTopology topology) =>
        facts.Device(function) is { } found ? topology.Above(found).Where(a => !a.IsBridge).Select(a => a.Address).Prepend(function) : [function];
}
