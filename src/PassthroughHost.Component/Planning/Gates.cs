using PassthroughInfra.Component.Facts;
using PassthroughInfra.Component.Spec;

namespace PassthroughInfra.Component.Planning;

/// <summary>
/// What vfio must not take away. A device is only given up as its whole IOMMU group (Linux <c>Documentation/driver-api/vfio.rst</c>,
/// "Groups, Devices, and IOMMUs"), so its siblings count as much as the device itself; bridges and root ports stay with the host.
/// </summary>
internal static class Gates
{
    /// <summary>Everything that forbids the plan, or is worth knowing.</summary>
    public static IEnumerable<Finding> Check(MachineSpec spec, HostFacts facts)
    {
        var wanted = spec.Devices.Select((d, i) => (Device: d, Index: i, Found: facts.Device(d.Address)))
            .Where(d => d.Found is { IsBridge: false } && d.Found.Id == d.Device.Id).ToList();
        var given = wanted.Select(w => w.Device.Address).Concat(spec.AcceptSiblings).ToHashSet();
        var losses = Losses(facts);
        foreach (var (device, index, found) in wanted)
        {
            var subject = $"machine.devices[{index}] ({device.Name})";
            if (losses.TryGetValue(found!.Address, out var loss) && !spec.AcceptLoss.Contains(found.Address))
            {
                yield return new(Severity.Error, subject, $"{found} {loss}", Remedy(found.Address));
            }

            // QEMU's vfio-pci takes no PCI domain above ffff (7.2: "Property 'vfio-pci.host' doesn't take value '10000:e1:00.0'").
            if (found.Address.IsBehindEmulatedBridge)
            {
                yield return new(
                    Severity.Error,
                    subject,
                    $"{found} is behind an emulated host bridge (PCI domain {found.Address.Domain:x}, as Intel VMD makes it), and QEMU takes no device of such a domain",
                    "switch VMD off for its slot in the firmware setup: the device then has an address of its own in domain 0000");
            }
        }

        foreach (var group in wanted.Where(w => w.Found!.Group is not null).GroupBy(w => w.Found!.Group!.Value))
        {
            var devices = group.Select(w => (w.Device, $"machine.devices[{w.Index}] ({w.Device.Name})")).ToList();
            var siblings = Siblings(group.First().Found!, facts).Where(s => !wanted.Any(w => w.Device.Address == s.Address)).ToList();
            foreach (var finding in GroupSiblings.Check(devices, siblings, losses, spec))
            {
                yield return finding;
            }

            if (GroupSiblings.NeedExplanation(devices, siblings, spec))
            {
                yield return GroupExplanation.Of(group.Key, facts);
            }
        }

        for (var i = 0; i < spec.AcceptSiblings.Count; i++)
        {
            if (facts.Device(spec.AcceptSiblings[i]) is not { } sibling || !wanted.Any(w => w.Found!.Group == sibling.Group))
            {
                yield return new(
                    Severity.Error,
                    $"machine.acceptSiblings[{i}]",
                    $"{spec.AcceptSiblings[i].Brief} is in no device's IOMMU group",
                    "take it out; the preview names the siblings that are to be accepted");
            }
        }

        var left = facts.Pci.Where(p => p.IsDisplay && !given.Contains(p.Address)).ToList();
        var taken = facts.Pci.Where(p => p.IsDisplay && given.Contains(p.Address)).ToList();
        if (left.Count == 0 && taken.Count > 0 && !losses.ContainsKey(taken[0].Address))
        {
            yield return new(Severity.Warning, "machine.devices", $"{string.Join(" and ", taken.Select(t => t.Address.Brief))} leaves the host without any graphics", "make sure it is reached over SSH or a serial console");
        }
    }

    /// <summary>The siblings that are bound to vfio-pci along with the devices: given up by name.</summary>
    public static IEnumerable<PciFacts> GivenUp(MachineSpec spec, HostFacts? facts) =>
        spec.AcceptSiblings.Select(a => facts?.Device(a)).OfType<PciFacts>().Where(p => !p.IsBridge);

    private static IEnumerable<PciFacts> Siblings(PciFacts device, HostFacts facts) =>
        device.Group is null ? [] : facts.Pci.Where(p => p.Group == device.Group && p.Address != device.Address && !p.IsBridge);

    /// <summary>What the host would lose with a function, by its address: <c>carries / (sda2)</c>.</summary>
    public static IReadOnlyDictionary<PciAddress, string> Losses(HostFacts facts)
    {
        var losses = new Dictionary<PciAddress, string>();
        foreach (var disk in facts.Disks.SelectMany(d => Above(d.Controller, facts).Select(a => (Address: a, Disk: d))).GroupBy(d => d.Address, d => d.Disk))
        {
            losses[disk.Key] = $"carries {string.Join(", ", disk.Select(d => $"{d.Mount} ({d.Device})"))}";
        }

        if (facts.Network.SshLink is { } link)
        {
            foreach (var below in facts.Network.Below(link).Where(l => l.Pci is not null))
            {
                losses[below.Pci!.Value] = $"is {below.Name}, which carries this SSH connection";
            }
        }

        var screens = facts.Pci.Where(p => p.IsDisplay).ToList();
        if (screens is [{ BootVga: true } only])
        {
            losses.TryAdd(only.Address, "is the machine's only graphics card, and shows its console");
        }

        return losses;
    }

    // A function, and the one that emulates the host bridge it is behind: whoever gives Intel VMD away gives its drives away.
    private static IEnumerable<PciAddress> Above(PciAddress address, HostFacts facts)
    {
        yield return address;
        for (var at = facts.Device(address)?.Parent; at is { } above; at = facts.Device(above)?.Parent)
        {
            if (facts.Device(above) is { IsBridge: false })
            {
                yield return above;
            }
        }
    }

    private static string Remedy(PciAddress address) => $"use another device, or accept the loss by name with acceptLoss: [\"{address.Brief}\"]";
}
