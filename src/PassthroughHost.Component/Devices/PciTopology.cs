using PassthroughInfra.Component.Facts;
using PassthroughInfra.Component.Spec;

namespace PassthroughInfra.Component.Devices;

/// <summary>How the PCI functions of a machine hang together.</summary>
internal sealed class PciTopology(HostFacts facts)
{
    private readonly Dictionary<PciAddress, PciFacts> _functions = facts.Pci.GroupBy(p => p.Address).ToDictionary(g => g.Key, g => g.First());
    private readonly ILookup<string, PciFacts> _slots = facts.Pci.ToLookup(p => p.Address.Slot);

    /// <summary>What is above a function, the nearest first.</summary>
    public IEnumerable<PciFacts> Above(PciFacts function)
    {
        var seen = new HashSet<PciAddress>();
        for (var parent = function.Parent; parent is { } address && seen.Add(address) && _functions.TryGetValue(address, out var above); parent = above.Parent)
        {
            yield return above;
        }
    }

    /// <summary>Everything below a bridge, bridges aside.</summary>
    public IEnumerable<PciFacts> Below(PciFacts bridge) => facts.Pci.Where(p => !p.IsBridge && Above(p).Any(a => a.Address == bridge.Address));

    /// <summary>The functions of one slot.</summary>
    public IEnumerable<PciFacts> InSlot(PciFacts function) => _slots[function.Address.Slot];
}
