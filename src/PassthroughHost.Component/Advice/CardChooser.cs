using PassthroughInfra.Component.Devices;
using PassthroughInfra.Component.Facts;
using PassthroughInfra.Component.Spec;

namespace PassthroughInfra.Component.Advice;

/// <summary>
/// Chooses the cards of a guest: a graphics card and a USB card where the machine has one to spare, and whatever the operator names. What is
/// chosen unasked is a card of its own, alone in its IOMMU group, and leaves the host a picture and a keyboard.
/// </summary>
internal sealed class CardChooser(HostDevices devices)
{
    private readonly List<ChosenCard> _cards = [];
    private readonly List<string> _omissions = [];
    private readonly HashSet<Candidate> _named = [];

    /// <summary>The cards.</summary>
    public IReadOnlyList<ChosenCard> Cards => _cards;

    /// <summary>Why there is no card of a kind.</summary>
    public IReadOnlyList<string> Omissions => _omissions;

    /// <summary>The cards of a kind that can be proposed, the better ones first.</summary>
    public static List<Candidate> Proposable(HostDevices devices, CandidateKind kind) =>
        [.. devices.Candidates.Where(c => c.Kind == kind && c is { IsFree: true, Role: DeviceRole.Card } && Spares(devices, c.Functions) && (kind != CandidateKind.Usb || devices.Keyboards.Known))];

    /// <summary>A card that is the machine's only display, and that nothing else speaks against: given away where it is named.</summary>
    public static Candidate? OnlyDisplay(HostDevices devices) =>
        devices.Candidates.FirstOrDefault(c => c is { Kind: CandidateKind.Graphics, Role: DeviceRole.Card, Siblings.Count: 0 }
            && !Spares(devices, c.Functions)
            && c.Functions.All(f => devices.Losses.GetValueOrDefault(f.Address) is null or { Kind: LossKind.Display }));

    /// <summary>Chooses the graphics card.</summary>
    public void Graphics(string? choice)
    {
        if (choice is null && Proposable(devices, CandidateKind.Graphics) is [var first, ..] all)
        {
            var others = all[1..];
            _cards.Add(new(first, "gpu", Reason(first, others, "graphics card") + ConsoleNote(first, others) + MonitorNote(first)));
        }
        else
        {
            Otherwise(choice, "gpu", "--gpu", () => WithoutGraphics(devices));
        }
    }

    /// <summary>Chooses the USB controller, after the graphics card: keyboard and mouse are of use to a guest that has a screen.</summary>
    public void Usb(string? choice)
    {
        var all = choice is null ? Proposable(devices, CandidateKind.Usb).Where(c => Spares(devices, Given().Concat(c.Functions))).ToList() : [];
        if (all.Count > 0 && _cards.Any(c => c.Card.Functions.Any(f => f.IsDisplay && !DeviceClass.Starts(f, "0302"))))
        {
            _cards.Add(new(all[0], "usb", Reason(all[0], all[1..], "USB controller")));
        }
        else if (all.Count > 0)
        {
            _omissions.Add($"A USB card goes with a graphics card that has a screen; --usb {all[0].Lead.Address.Brief} proposes it by itself.");
        }
        else
        {
            Otherwise(choice, "usb", "--usb", WithoutUsb);
        }
    }

    /// <summary>Adds a card that was named.</summary>
    public void Further(string choice)
    {
        var card = Find(choice, "--device");
        if (_cards.All(c => c.Card != card))
        {
            Name(card, Word(card.Kind));
        }
    }

    /// <summary>What the host would miss of the cards that were named, where it goes on without it.</summary>
    public IReadOnlyList<PciAddress> AcceptedLosses()
    {
        var given = Given().Select(f => f.Address).ToHashSet();
        return
        [
            .. _named.SelectMany(c => c.Functions.Concat(c.Siblings)).Select(f => f.Address).Where(a => devices.Losses.GetValueOrDefault(a) is { IsSpared: true })
                .Concat(_named.SelectMany(c => c.Functions).Select(f => f.Address).Where(a => devices.Displays.LastOnes(given).Any(d => d.Address == a) || devices.Keyboards.LastOnes(given).Any(k => k.Controller == a)))
                .Distinct().Order(),
        ];
    }

    /// <summary>Why no graphics card is proposed, as an owner would be told.</summary>
    public static string WithoutGraphics(HostDevices devices)
    {
        var all = devices.Candidates.Where(c => c.Kind == CandidateKind.Graphics).ToList();
        if (OnlyDisplay(devices) is { } only)
        {
            return $"This machine has one display, and it is the card itself ({only.Lead.Address.Brief} {only.Lead.Label}): given away, it leaves the host without a picture, and a guest that fails is only seen over SSH."
                + $" Where that is meant, --gpu {only.Lead.Address.Brief} proposes it; better is a second display for the host, such as the processor's own.";
        }

        if (all.Count == 0)
        {
            return devices.Displays.Pictures switch
            {
                [] => "No graphics card is in the machine.",
                [var display] => $"This machine has one display, and it {devices[display].Reason} ({display.Address.Brief} {display.Label}): there is no graphics card to give away. {Remedy(devices)}",
                var several => $"No graphics card is in the machine: {string.Join("; ", several.Take(3).Select(d => $"{d.Address.Brief} {devices[d].Reason}"))}.",
            };
        }

        var cards = all.Where(c => c.Role == DeviceRole.Card).ToList();
        if (cards.Count == 0 && devices.Displays.Pictures is [var one] && all.Any(c => c.Lead.Address == one.Address))
        {
            return $"This machine has one display, and it {devices[one].Reason} ({one.Address.Brief} {one.Label}): the host needs it, and such graphics can seldom be given away. {Remedy(devices)}";
        }

        return $"No graphics card is proposed: {string.Join("; ", all.Take(4).Select(c => $"{c.Lead.Address.Brief} {Why(devices, c)}"))}. Name one with --gpu if you want it all the same.";
    }

    /// <summary>What an owner without a card can do.</summary>
    public static string Remedy(HostDevices devices) => devices.IsPortable switch
    {
        true => "A portable machine has no slot for a card: it is not made for this.",
        false => "Put a graphics card in.",
        null => "Put a graphics card in, if the machine has a slot for one.",
    };

    private string WithoutUsb()
    {
        var all = devices.Candidates.Where(c => c.Kind == CandidateKind.Usb && !_cards.Any(g => g.Card.Functions.Any(c.Functions.Contains))).ToList();
        var cards = all.Where(c => c.Role == DeviceRole.Card).ToList();
        if (cards.Count == 0)
        {
            var own = all.Where(c => c.IsFree && c.Role == DeviceRole.Platform).Select(c => c.Lead.Address.Brief).ToList();
            return all.Count == 0 ? "No USB controller is in the machine."
                : $"No USB card is in the machine: its controllers ({string.Join(", ", all.Take(4).Select(c => c.Lead.Address.Brief))}{(all.Count > 4 ? ", …" : "")}) are the machine's own."
                    + " Single devices can be handed over one by one (usb under guest)"
                    + (own is [var first, ..] && cards.Count == 0 ? $"; --usb {first} proposes one of the controllers all the same, with every port that is on it." : ".");
        }

        return $"No USB controller is proposed: {string.Join("; ", cards.Take(4).Select(c => $"{c.Lead.Address.Brief} {Why(devices, c)}"))}. Name one with --usb if you want it all the same.";
    }

    /// <summary>What speaks against a card, in words that follow its address.</summary>
    public static string Why(HostDevices devices, Candidate card) =>
        !card.IsFree ? card.Hindrance
        : card.Role != DeviceRole.Card ? card.Reason
        : card.Kind == CandidateKind.Usb && !devices.Keyboards.Known ? "may have the keyboard: what hangs on it was not read (these facts are from an older version)"
        : "would take the last display or keyboard";

    /// <summary>Whether the host keeps a picture and a keyboard.</summary>
    private static bool Spares(HostDevices devices, IEnumerable<PciFacts> functions)
    {
        var given = functions.Select(f => f.Address).ToHashSet();
        return devices.Displays.LastOnes(given).Count == 0 && devices.Keyboards.LastOnes(given).Count == 0;
    }

    private IEnumerable<PciFacts> Given() => _cards.SelectMany(c => c.Card.Functions.Concat(c.Card.Siblings));

    private void Otherwise(string? choice, string word, string option, Func<string> omission)
    {
        if (choice is null)
        {
            _omissions.Add(omission());
        }
        else if (choice != AdviceChoices.None)
        {
            Name(Find(choice, option), word);
        }
    }

    private void Name(Candidate card, string word)
    {
        _named.Add(card);
        _cards.Add(new(card, word, $"you named it{(card.Role == DeviceRole.Card ? "" : $"; it {card.Reason}")}"));
    }

    private static string Reason(Candidate first, List<Candidate> others, string what)
    {
        var group = first.Grouped ? "alone in its IOMMU group" : "its IOMMU group is not known yet: the kernel does not use the IOMMU";
        return $"{group}, and the host needs none of it"
            + (others.Count == 0 ? $"; the only {what} of which that is true"
                : $"; {string.Join(", ", others.Take(6).Select(o => o.Lead.Address.Brief))} would do as well{(!first.ShowsConsole && others.Any(o => o.ShowsConsole) ? ", and this one is not the boot display" : "")}");
    }

    private string ConsoleNote(Candidate first, List<Candidate> others) =>
        !first.ShowsConsole || others.Any(o => !o.ShowsConsole) ? ""
        : devices.Displays.Pictures.FirstOrDefault(d => !first.Functions.Contains(d)) is { } other ? $"; it is the boot display now: make {other.Address.Brief} the primary one in the firmware setup, for the host to keep its console"
        : "";

    // What a management controller shows is seen from afar.
    private string MonitorNote(Candidate first)
    {
        var rest = devices.Displays.Pictures.Where(d => !first.Functions.Contains(d)).ToList();
        return rest.Count > 0 && rest.All(d => devices[d].Role != DeviceRole.Management && d.Connectors is { Count: > 0 } outputs && outputs.All(o => o.Connected == false))
            ? $"; no monitor is on {string.Join(" or ", rest.Select(d => d.Address.Brief))} now: plug one in there to see the host"
            : "";
    }

    private Candidate Find(string text, string option)
    {
        if (!PciAddress.TryRead(text, out var address))
        {
            throw new ChoiceException($"{option}: \"{text}\" is not {PciAddress.Expected}{(option == "--device" ? "" : $", or {AdviceChoices.None}")}.");
        }

        return devices.Candidates.FirstOrDefault(c => c.Functions.Any(f => f.Address == address))
            ?? throw new ChoiceException($"{option}: {address.Brief} is no card a guest could use; the machine has {string.Join(", ", devices.Candidates.Select(c => c.Lead.Address.Brief))} (passthrough doctor shows them).");
    }

    private static string Word(CandidateKind kind) => kind switch
    {
        CandidateKind.Graphics => "gpu",
        CandidateKind.Usb => "usb",
        CandidateKind.Network => "nic",
        CandidateKind.Storage => "disk",
        _ => "card",
    };
}
