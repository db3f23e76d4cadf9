using PassthroughInfra.Component.Facts;
using PassthroughInfra.Component.Spec;

namespace PassthroughInfra.Component.Devices;

/// <summary>How a card is brought back to its first state between two guests, or two starts of one.</summary>
/// <param name="Known">True: it can be; false: it cannot; null: not known.</param>
/// <param name="Words">The same in words.</param>
public sealed record DeviceReset(bool? Known, string Words)
{
    /// <summary>
    /// Judges a card. What a function cannot do by itself, its bus can: vfio resets a bus or slot where the guest has every function on it.
    /// Source: Linux <c>drivers/vfio/pci/vfio_pci_core.c</c>, <c>vfio_pci_ioctl_pci_hot_reset</c>.
    /// </summary>
    internal static DeviceReset Of(IReadOnlyList<PciFacts> functions, HostFacts facts)
    {
        var own = functions.All(f => f.ResetMethods is { Count: > 0 });
        if (own)
        {
            return new(true, $"by {string.Join(", ", functions.SelectMany(f => f.ResetMethods!).Distinct())}");
        }

        var addresses = functions.Select(f => f.Address).ToHashSet();
        bool Whole(PciFacts f) => f.Parent is { } bridge && facts.Pci.Where(p => p.Parent == bridge).All(p => addresses.Contains(p.Address));
        if (functions.All(f => f.ResetMethods is { Count: > 0 } || Whole(f)))
        {
            return new(true, "with its bus, as a whole");
        }

        return functions.Any(f => f.ResetMethods is { Count: 0 }) ? new(false, "sysfs names no way") : new(null, "not known");
    }
}
