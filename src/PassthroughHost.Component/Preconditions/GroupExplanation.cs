using PassthroughInfra.Component.Facts;
using PassthroughInfra.Component.Planning;
using PassthroughInfra.Component.Spec;

namespace PassthroughInfra.Component.Preconditions;

/// <summary>
/// Why devices share an IOMMU group, and which slots do not: what a newcomer needs to choose another slot. Source: Linux
/// <c>Documentation/driver-api/vfio.rst</c>, "Groups, Devices, and IOMMUs", and <c>drivers/iommu/iommu.c</c>, <c>pci_device_group</c>.
/// </summary>
internal static class GroupExplanation
{
    /// <summary>Explains one group.</summary>
    public static Finding Of(int group, HostFacts facts)
    {
        var members = facts.Pci.Where(p => p.Group == group).ToList();
        var reasons = Reasons(members, facts).ToList();
        var slots = Separate(group, facts).ToList();
        return new(
            Severity.Info,
            $"IOMMU group {group}",
            $"why its devices are not separate: {(reasons.Count > 0 ? string.Join("; ", reasons) : "nothing in the machine keeps them apart")}",
            slots.Count > 0
                ? $"separate here: {string.Join(", ", slots)}"
                : "no slot here is separate; look for \"ACS\" in the firmware setup, or use a slot of the processor instead of the chipset");
    }

    private static IEnumerable<string> Reasons(List<PciFacts> members, HostFacts facts)
    {
        foreach (var bridge in members.Where(m => m.Port == PciPort.ConventionalBridge))
        {
            var behind = members.Where(m => Above(m, facts).Any(a => a.Address == bridge.Address)).ToList();
            if (behind.Count > 0)
            {
                yield return $"{Text(behind)} {(behind.Count > 1 ? "are" : "is")} on conventional PCI behind {bridge.Address.Brief}, where devices cannot be told apart";
            }
        }

        // A port that is in one group with what is behind it does not isolate, whether its ACS could be read or not.
        var ports = members.Where(m => m.Acs != true && (m.Port is PciPort.RootPort or PciPort.DownstreamPort || (m.Port == PciPort.None && m.Class.StartsWith("0604", StringComparison.Ordinal)))).ToList();
        foreach (var card in ports.GroupBy(p => p.Address.Slot))
        {
            var behind = members.Where(m => !m.IsBridge && Above(m, facts).Any(a => card.Any(p => p.Address == a.Address))).ToList();
            var what = card.First().Port == PciPort.DownstreamPort ? "port of a switch" : "root port";
            var lacks = card.Any(p => p.Acs == false) ? "without ACS (or it is off)" : "that do not isolate";
            if (card.Count() > 1)
            {
                yield return $"the {what}s {Text(card)} are functions of one device {lacks}, so everything behind them{(behind.Count > 0 ? $" ({Text(behind)})" : "")} is one group";
            }
            else if (behind.Count > 0)
            {
                yield return $"the {what} {card.First().Address.Brief} {(card.First().Acs == false ? "has no ACS (or it is off)" : "does not isolate")}, so it is in one group with what is behind it ({Text(behind)})";
            }
        }

        var root = members.Where(m => !m.IsBridge && m.Parent is null).ToList();
        if (root.Select(m => m.Address.Slot).Distinct().Count() > 1)
        {
            yield return $"{Text(root)} are parts of the chipset or the processor, which the platform puts together";
        }

        foreach (var card in members.Where(m => !m.IsBridge).GroupBy(m => m.Address.Slot).Where(c => c.Count() > 1))
        {
            yield return $"{Text(card)} are functions of one {(card.First().Parent is null ? "chip" : "card")}, which does not keep them apart";
        }
    }

    // Slots whose device is alone in its group, and empty ones that would be.
    private static IEnumerable<string> Separate(int group, HostFacts facts)
    {
        foreach (var port in facts.Pci.Where(p => p.IsBridge && p.Group is not null && p.Group != group && p.Port is PciPort.RootPort or PciPort.DownstreamPort))
        {
            var behind = facts.Pci.Where(p => p.Parent == port.Address).ToList();
            if (behind.Count == 0 && port.Acs != false && facts.Pci.Count(p => p.Group == port.Group) == 1)
            {
                yield return $"behind {port.Address.Brief} (nothing is there now)";
            }
        }

        foreach (var alone in facts.Pci.Where(p => !p.IsBridge && p.Group is not null && p.Group != group && p.Parent is not null).GroupBy(p => p.Group)
            .Where(g => g.Select(p => p.Address.Slot).Distinct().Count() == 1))
        {
            var first = alone.First();
            yield return $"behind {first.Parent!.Value.Brief} ({Text(alone)})";
        }
    }

    private static IEnumerable<PciFacts> Above(PciFacts function, HostFacts facts)
    {
        for (var parent = function.Parent; parent is { } address && facts.Device(address) is { } bridge; parent = bridge.Parent)
        {
            yield return bridge;
        }
    }

    private static string Text(IEnumerable<PciFacts> functions)
    {
        List<string> texts = [.. functions.Select(f => f.Address.Brief)];
        return texts.Count == 1 ? texts[0] : $"{string.Join(", ", texts[..^1])} and {texts[^1]}";
    }
}
