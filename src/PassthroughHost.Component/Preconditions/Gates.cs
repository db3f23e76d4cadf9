using PassthroughInfra.Component.Devices;
using PassthroughInfra.Component.Facts;
using PassthroughInfra.Component.Spec;

namespace PassthroughInfra.Component.Preconditions;

/// <summary>
/// What vfio must not take away. A device is only given up as its whole IOMMU group (Linux <c>Documentation/driver-api/vfio.rst</c>,
/// "Groups, Devices, and IOMMUs"), so its siblings count as much as the device itself; bridges and root ports stay with the host.
/// </summary>
internal static class Gates
{
    private const string Devices = "machine.devices";

    /// <summary>Everything that forbids the plan, or is worth knowing.</summary>
    public static IEnumerable<Precondition> Check(MachineSpec spec, HostFacts facts)
    {
        var wanted = spec.Devices.Select((d, i) => (Device: d, Index: i, Found: facts.Device(d.Address)))
            .Where(d => d.Found is { IsBridge: false } && d.Found.Id == d.Device.Id).ToList();
        var given = wanted.Select(w => w.Device.Address).Concat(spec.AcceptSiblings).ToHashSet();
        var devices = HostDevices.Of(facts);
        var losses = devices.Losses;
        foreach (var (device, index, found) in wanted)
        {
            var subject = $"machine.devices[{index}] ({device.Name})";
            if (losses.TryGetValue(found!.Address, out var loss) && !spec.AcceptLoss.Contains(found.Address))
            {
                yield return Lost("device-needed", loss, subject, $"{found} {loss}", Remedy(found.Address));
            }

            // QEMU's vfio-pci takes no PCI domain above ffff (7.2: "Property 'vfio-pci.host' doesn't take value '10000:e1:00.0'").
            if (found.Address.IsBehindEmulatedBridge)
            {
                yield return new(
                    "device-domain",
                    PreconditionVerdict.Blocks,
                    $"{found} is behind an emulated host bridge (PCI domain {found.Address.Domain:x}, as Intel VMD makes it), and QEMU takes no device of such a domain",
                    "switch VMD off for its slot in the firmware setup: the device then has an address of its own in domain 0000",
                    subject);
            }
        }

        foreach (var group in wanted.Where(w => w.Found!.Group is not null).GroupBy(w => w.Found!.Group!.Value))
        {
            var members = group.Select(w => (w.Device, $"machine.devices[{w.Index}] ({w.Device.Name})")).ToList();
            var siblings = devices.Siblings(group.First().Found!).Where(s => !wanted.Any(w => w.Device.Address == s.Address)).ToList();
            foreach (var finding in GroupSiblings.Check(members, siblings, losses, spec))
            {
                yield return finding;
            }

            if (GroupSiblings.NeedExplanation(members, siblings, spec))
            {
                yield return Precondition.Of("iommu-group", GroupExplanation.Of(group.Key, facts));
            }
        }

        for (var i = 0; i < spec.AcceptSiblings.Count; i++)
        {
            if (facts.Device(spec.AcceptSiblings[i]) is not { } sibling || !wanted.Any(w => w.Found!.Group == sibling.Group))
            {
                yield return new(
                    "iommu-group",
                    PreconditionVerdict.Blocks,
                    $"{spec.AcceptSiblings[i].Brief} is in no device's IOMMU group",
                    "take it out; the preview names the siblings that are to be accepted",
                    $"machine.acceptSiblings[{i}]");
            }
        }

        foreach (var finding in LastOnes(spec, devices, given, facts))
        {
            yield return finding;
        }
    }

    /// <summary>The siblings that are bound to vfio-pci along with the devices: given up by name.</summary>
    public static IEnumerable<PciFacts> GivenUp(MachineSpec spec, HostFacts? facts) =>
        spec.AcceptSiblings.Select(a => facts?.Device(a)).OfType<PciFacts>().Where(p => !p.IsBridge);

    // What the host would lose with several devices together, and with none of them alone.
    private static IEnumerable<Precondition> LastOnes(MachineSpec spec, HostDevices devices, HashSet<PciAddress> given, HostFacts facts)
    {
        var displays = devices.Displays.LastOnes(given);
        if (displays.Count > 0 && spec.AcceptLoss.Intersect(displays.Select(d => d.Address)).Any())
        {
            yield return new(
                "last-display",
                PreconditionVerdict.Caution,
                $"{Text(displays)} leaves the host without any graphics",
                "make sure it is reached over SSH or a serial console"
                + (facts.Services.DisplayManager is not null && (spec.Desktop ?? facts.Services.DefaultTarget == "graphical.target") ? "; its display manager will find no display, and fail at each boot: desktop: false boots the host without one" : ""),
                Devices);
        }
        else if (displays.Count > 1)
        {
            yield return new(
                "last-display",
                PreconditionVerdict.Blocks,
                $"{Text(displays)} are all the machine's displays: none would show the host's picture",
                $"leave the host one of them, or accept the loss by name with acceptLoss: [\"{(displays.FirstOrDefault(d => HostDisplays.IsFirmwareScreen(d, facts)) ?? displays[0]).Address.Brief}\"]",
                Devices)
            { ProtectsHost = true };
        }

        var keyboards = devices.Keyboards.LastOnes(given).Select(k => k.Controller).Distinct().Order().ToList();
        if (keyboards.Count > 1 && !spec.AcceptLoss.Intersect(keyboards).Any())
        {
            yield return new(
                "last-keyboard",
                PreconditionVerdict.Blocks,
                $"{string.Join(" and ", keyboards.Select(k => k.Brief))} have all the USB keyboards of the machine",
                $"leave the host one of them, or accept the loss by name with acceptLoss: [\"{keyboards[0].Brief}\"]",
                Devices);
        }
    }

    /// <summary>A device that the host needs, or may need: whether it does cannot always be told, and forbids it then, too.</summary>
    internal static Precondition Lost(string id, DeviceLoss loss, string path, string seen, string remedy) =>
        new(id, loss.IsPossible ? PreconditionVerdict.Unknown : PreconditionVerdict.Blocks, seen, remedy, path) { ProtectsHost = true };

    private static string Text(IEnumerable<PciFacts> functions) => string.Join(" and ", functions.Select(f => f.Address.Brief));

    private static string Remedy(PciAddress address) => $"use another device, or accept the loss by name with acceptLoss: [\"{address.Brief}\"]";
}
