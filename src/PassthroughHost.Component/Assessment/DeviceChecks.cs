using PassthroughInfra.Component.Facts;

namespace PassthroughInfra.Component.Assessment;

/// <summary>What can be given to a guest.</summary>
internal static class DeviceChecks
{
    public static IEnumerable<Check> Of(HostFacts facts, IReadOnlyList<Candidate> candidates)
    {
        if (candidates.Count == 0)
        {
            yield return new(CheckArea.Devices, "devices", Verdict.Bad, "the machine shows no card that a guest could use", "see lspci -nn: put a card in, or look at whether the firmware hides it");
            yield break;
        }

        if (candidates.Any(c => c.Grouped) && !candidates.Any(c => c.IsFree))
        {
            yield return new(CheckArea.Devices, "devices", Verdict.Bad, "no card can be given away as it is: each shares its IOMMU group, or the host needs it", "put the card into another slot; the tree shows which groups are shared");
        }

        yield return Kind(candidates, CandidateKind.Graphics, "graphics", "graphics card");
        yield return Kind(candidates, CandidateKind.Usb, "usb", "USB controller");
        foreach (var free in candidates.Where(c => c.IsFree && !c.Onboard && c.Kind is CandidateKind.Graphics or CandidateKind.Usb))
        {
            foreach (var note in About(free, facts))
            {
                yield return note;
            }
        }
    }

    private static Check Kind(IReadOnlyList<Candidate> candidates, CandidateKind kind, string id, string word)
    {
        var all = candidates.Where(c => c.Kind == kind).ToList();
        var free = all.Where(c => c.IsFree).ToList();
        var cards = free.Where(c => !c.Onboard).ToList();
        if (cards.Count > 0)
        {
            return cards.All(c => c.Grouped)
                ? new(CheckArea.Devices, id, Verdict.Good, $"can be given to a guest: {string.Join("; ", cards)}")
                : new(CheckArea.Devices, id, Verdict.Unknown, $"{string.Join("; ", cards)}: whether the IOMMU group is its own is not known yet", "see iommu-groups above");
        }

        if (free.Count > 0)
        {
            return new(CheckArea.Devices, id, Verdict.Caution, $"only a {word} of the board or the processor is free: {string.Join("; ", free)}", "it can be given away, and the host is without it then; a card in a slot is better");
        }

        return all.Count == 0
            ? new(CheckArea.Devices, id, Verdict.Caution, $"there is no {word}", "a guest that needs none does without")
            : new(CheckArea.Devices, id, Verdict.Caution, $"no {word} can be given away: {string.Join("; ", all.Select(Why))}", "another slot may give it a group of its own; the host keeps what it needs");
    }

    /// <summary>Why a card is not free, in brief: <c>01:00.0 is in one group with 03:00.0, which the host needs</c>.</summary>
    private static string Why(Candidate candidate) => $"{candidate.Lead.Address.Brief} {candidate.Hindrance}";

    private static IEnumerable<Check> About(Candidate card, HostFacts facts)
    {
        var id = $"device-{card.Lead.Address.Brief}";
        if (card.ShowsConsole)
        {
            yield return new(CheckArea.Devices, id, Verdict.Note, $"the firmware shows its screen on {card.Lead.Address.Brief}", "it can be given away; to keep the host's console, make another graphics card the primary one in the firmware setup");
        }

        if (card.Functions.All(f => f.ResetMethods.Count == 0))
        {
            yield return new(CheckArea.Devices, id, Verdict.Caution, $"{card.Lead.Address.Brief} shows no way to reset it", "it may not come back when its guest is started a second time, until the host reboots");
        }

        var twins = card.Functions.SelectMany(f => facts.Pci.Where(p => p.Id == f.Id && p.Address.Slot != f.Address.Slot)).Select(p => p.Address.Brief).Distinct().ToList();
        if (twins.Count > 0)
        {
            yield return new(CheckArea.Devices, id, Verdict.Note, $"{card.Lead.Address.Brief} has twins with the same ID: {string.Join(", ", twins)}", "an update binds it by its address, so that a twin stays with the host");
        }
    }
}
