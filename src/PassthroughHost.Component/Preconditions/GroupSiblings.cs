using PassthroughInfra.Component.Devices;
using PassthroughInfra.Component.Facts;
using PassthroughInfra.Component.Spec;

namespace PassthroughInfra.Component.Preconditions;

/// <summary>
/// What else is in an IOMMU group with a device. Each sibling is named once, however many devices share its group; another function of the
/// same card is simply to be listed too, and the line for it is given.
/// </summary>
internal static class GroupSiblings
{
    /// <summary>Everything that forbids giving a group away.</summary>
    /// <param name="wanted">The devices of one group, each with its path in the spec.</param>
    /// <param name="siblings">The other functions of that group, without bridges.</param>
    /// <param name="losses">What the host would lose with a function, by its address.</param>
    /// <param name="spec">What is accepted.</param>
    public static IEnumerable<Precondition> Check(
        IReadOnlyList<(DeviceSpec Device, string Path)> wanted,
        IReadOnlyList<PciFacts> siblings,
        IReadOnlyDictionary<PciAddress, DeviceLoss> losses,
        MachineSpec spec)
    {
        var subject = string.Join(", ", wanted.Select(w => w.Path));
        var group = $"{Text(wanted.Select(w => w.Device.Address.Brief))} {(wanted.Count > 1 ? "are" : "is")} in IOMMU group {(siblings.Count > 0 ? siblings[0].Group : null)}";
        var together = $"{group} together with";
        var lost = siblings.Where(s => losses.ContainsKey(s.Address) && !spec.AcceptLoss.Contains(s.Address)).ToList();
        foreach (var sibling in lost)
        {
            yield return Gates.Lost(
                "iommu-group",
                losses[sibling.Address],
                subject,
                $"{together} {sibling}, which {losses[sibling.Address]}",
                $"move the card to another slot; use another device, or accept the loss by name with acceptLoss: [\"{sibling.Address.Brief}\"]");
        }

        var used = siblings.Except(lost).Where(s => !spec.AcceptSiblings.Contains(s.Address)).ToList();
        var same = used.Where(s => wanted.Any(w => w.Device.Address.Slot == s.Address.Slot)).ToList();
        if (same.Count > 0)
        {
            yield return new(
                "iommu-group",
                PreconditionVerdict.Blocks,
                $"{together} {Text(same.Select(s => $"{s}"))}, on the same card: a group is given to a guest as a whole, and is not viable while the host uses part of it",
                $"list {(same.Count > 1 ? "them" : "it")} too:{string.Concat(same.Select(s => $"\n      - {{ name: {Name(s, wanted)}, address: \"{s.Address.Brief}\", id: \"{s.Id}\" }}"))}",
                subject);
        }

        var others = used.Except(same).ToList();
        if (others.Count > 0)
        {
            yield return new(
                "iommu-group",
                PreconditionVerdict.Blocks,
                others.Count > 1
                    ? $"{group}, which is not viable while the host uses what else is in it:{string.Concat(others.Select(o => $"\n      {o}"))}"
                    : $"{together} {others[0]}: the group is not viable while the host uses it",
                $"move the card to another slot, list {(others.Count > 1 ? "them as devices" : "it as a device")} too, or give {(others.Count > 1 ? "them" : "it")} up with acceptSiblings: [{string.Join(", ", others.Select(o => $"\"{o.Address.Brief}\""))}]",
                subject);
        }
    }

    /// <summary>Whether some sibling that nobody gave up is no part of a wanted card: then it is worth knowing why, and which slots are better.</summary>
    public static bool NeedExplanation(IReadOnlyList<(DeviceSpec Device, string Path)> wanted, IEnumerable<PciFacts> siblings, MachineSpec spec) =>
        siblings.Any(s => !spec.AcceptSiblings.Contains(s.Address) && !wanted.Any(w => w.Device.Address.Slot == s.Address.Slot));

    private static string Name(PciFacts sibling, IReadOnlyList<(DeviceSpec Device, string Path)> wanted)
    {
        var card = wanted.First(w => w.Device.Address.Slot == sibling.Address.Slot).Device.Name;
        return $"{card}-{(sibling.Class.StartsWith("0403", StringComparison.Ordinal) ? "audio" : sibling.IsUsb ? "usb" : $"{sibling.Address.Function}")}";
    }

    private static string Text(IEnumerable<string> texts)
    {
        List<string> all = [.. texts];
        return all.Count == 1 ? all[0] : $"{string.Join(", ", all[..^1])} and {all[^1]}";
    }
}
