using PassthroughInfra.Component.Devices;
using PassthroughInfra.Component.Facts;

namespace PassthroughInfra.Component.Advice;

/// <summary>What can be given to a guest.</summary>
internal static class DeviceChecks
{
    public static IEnumerable<Check> Of(HostFacts facts, StackAdvice advice)
    {
        var devices = advice.Devices;
        if (devices.Candidates.Count == 0)
        {
            yield return new(CheckArea.Devices, "devices", Verdict.Bad, "the machine shows no card that a guest could use", "see lspci -nn: put a card in, or look at whether the firmware hides it");
            yield break;
        }

        if (!Worth(devices).Any() && CardChooser.OnlyDisplay(devices) is null)
        {
            // Another slot helps a card that shares its group; none gives the host a second drive or link.
            var crowded = devices.Candidates.Where(c => c is { Role: DeviceRole.Card, Kind: not CandidateKind.Usb, Siblings.Count: > 0 } && !IsWireless(c)).ToList();
            var needed = devices.Candidates.Where(c => c is { Role: DeviceRole.Card, IsFree: false, Siblings.Count: 0 } && c.Kind is CandidateKind.Network or CandidateKind.Storage).ToList();
            yield return crowded.Count > 0
                ? new(CheckArea.Devices, "devices", Verdict.Bad, $"no card can be given away as it is: {string.Join(", ", crowded.Take(4).Select(c => c.Lead.Address.Brief))} {(crowded.Count > 1 ? "share their IOMMU groups" : "shares its IOMMU group")} with others", "put the card into another slot; the tree shows which groups are shared")
                : new(
                    CheckArea.Devices,
                    "devices",
                    Verdict.Bad,
                    $"the machine has no card that the host could spare: what it has are parts of itself{(needed.Count > 0 ? $", and what the host needs ({string.Join(", ", needed.Take(4).Select(c => c.Lead.Address.Brief))})" : "")}",
                    CardChooser.Remedy(devices));
        }

        yield return Graphics(devices);
        yield return Usb(devices);
        foreach (var card in CardChooser.Proposable(devices, CandidateKind.Graphics).Concat(CardChooser.Proposable(devices, CandidateKind.Usb)))
        {
            foreach (var note in About(card, facts))
            {
                yield return note;
            }
        }
    }

    /// <summary>The cards that are worth a passthrough host: what can be proposed, and network cards, drives and others that can be named.</summary>
    public static IEnumerable<Candidate> Worth(HostDevices devices) =>
        CardChooser.Proposable(devices, CandidateKind.Graphics)
            .Concat(Others(devices))
            .Concat(devices.Candidates.Where(c => c is { IsFree: true, Role: DeviceRole.Emulated, Kind: not CandidateKind.Graphics }));

    /// <summary>Cards of other kinds that the host can spare. A wireless card is no reason to make a machine a passthrough host.</summary>
    public static IEnumerable<Candidate> Others(HostDevices devices) =>
        devices.Candidates.Where(c => c is { IsFree: true, Role: DeviceRole.Card, Kind: CandidateKind.Network or CandidateKind.Storage or CandidateKind.Other } && !IsWireless(c) && !DeviceClass.Starts(c.Lead, "04"))
            .Concat(CardChooser.Proposable(devices, CandidateKind.Usb));

    private static bool IsWireless(Candidate card) => DeviceClass.Starts(card.Lead, "0280", "0d");

    private static Check Graphics(HostDevices devices)
    {
        var cards = CardChooser.Proposable(devices, CandidateKind.Graphics);
        if (cards.Count == 0)
        {
            return new(CheckArea.Devices, "graphics", Verdict.Caution, CardChooser.WithoutGraphics(devices), "a guest without graphics is reached over its network");
        }

        var together = devices.Displays.LastOnes(cards.SelectMany(c => c.Functions).Select(f => f.Address).ToHashSet()).Count > 0;
        return Given(cards, "graphics", together ? "one of them: the host keeps its picture on another" : "");
    }

    private static Check Usb(HostDevices devices)
    {
        var all = devices.Candidates.Where(c => c.Kind == CandidateKind.Usb).ToList();
        var cards = CardChooser.Proposable(devices, CandidateKind.Usb);
        if (cards.Count > 0)
        {
            return Given(cards, "usb", "");
        }

        var own = all.Where(c => c.Role == DeviceRole.Card).ToList();
        return all.Count == 0
            ? new(CheckArea.Devices, "usb", Verdict.Caution, "there is no USB controller", "a guest that needs none does without")
            : own.Count == 0
                ? new(CheckArea.Devices, "usb", Verdict.Caution, $"no USB card: {string.Join(", ", all.Take(6).Select(c => c.Lead.Address.Brief))} {(all.Count > 1 ? "are parts" : "is a part")} of the machine", "single devices can be handed over one by one (usb under guest); a card in a slot is better")
            : !devices.Keyboards.Known && own.Any(c => c.IsFree)
                ? new(CheckArea.Devices, "usb", Verdict.Unknown, $"{string.Join("; ", own.Where(c => c.IsFree))}: what hangs on it is not known, and it may be the keyboard", "read the machine again: these facts are from an older version")
            : new(CheckArea.Devices, "usb", Verdict.Caution, $"no USB controller can be given away: {string.Join("; ", own.Select(c => $"{c.Lead.Address.Brief} {(c.IsFree ? "has the last keyboard" : c.Hindrance)}"))}", "another slot may give it a group of its own; the host keeps what it needs");
    }

    private static Check Given(IReadOnlyList<Candidate> cards, string id, string remedy) => cards.All(c => c.Grouped)
        ? new(CheckArea.Devices, id, Verdict.Good, $"can be given to a guest: {string.Join("; ", cards)}", remedy)
        : new(CheckArea.Devices, id, Verdict.Unknown, $"{string.Join("; ", cards)}: whether the IOMMU group is its own is not known yet", "see iommu-groups above");

    private static IEnumerable<Check> About(Candidate card, HostFacts facts)
    {
        var id = $"device-{card.Lead.Address.Brief}";
        if (card.ShowsConsole)
        {
            yield return new(CheckArea.Devices, id, Verdict.Note, $"{card.Lead.Address.Brief} is the boot display", "it can be given away; to keep the host's console, make another graphics card the primary one in the firmware setup");
        }

        if (card.Reset.Known == false)
        {
            yield return new(CheckArea.Devices, id, Verdict.Caution, $"{card.Lead.Address.Brief} shows no way to reset it", "it may not come back when its guest is started a second time, until the host reboots");
        }
        else if (card.Reset.Known is null)
        {
            yield return new(CheckArea.Devices, id, Verdict.Note, $"how {card.Lead.Address.Brief} is reset is not known", "start its guest a second time before you rely on it");
        }

        var twins = card.Functions.SelectMany(f => facts.Pci.Where(p => p.Id == f.Id && !card.Functions.Any(o => o.Address == p.Address))).Select(p => p.Address.Brief).Distinct().ToList();
        if (twins.Count > 0)
        {
            yield return new(CheckArea.Devices, id, Verdict.Note, $"{card.Lead.Address.Brief} has twins with the same ID: {string.Join(", ", twins.Take(4))}{(twins.Count > 4 ? $" and {twins.Count - 4} more" : "")}", "an update binds it by its address, so that a twin stays with the host");
        }
    }
}
