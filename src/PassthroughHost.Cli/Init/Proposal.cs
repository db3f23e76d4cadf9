using PassthroughInfra.Component.Assessment;
using PassthroughInfra.Component.Concerns.Isolation;
using PassthroughInfra.Component.Facts;
using PassthroughInfra.Component.Spec;
using PassthroughInfra.Engine;

namespace PassthroughInfra.Cli.Init;

/// <summary>A card that is given to the guest.</summary>
/// <param name="Card">The card.</param>
/// <param name="Word">What its functions are called after: <c>gpu</c>.</param>
/// <param name="Reason">Why this one.</param>
internal sealed record ChosenCard(Candidate Card, string Word, string Reason);

/// <summary>What a stack for a machine should say, with the reasons. Pure: the same reading and choices give the same.</summary>
internal sealed record Proposal
{
    /// <summary>The reading.</summary>
    public required HostFacts Facts { get; init; }

    /// <summary>How the machine is reached.</summary>
    public required ConnectionSpec Connection { get; init; }

    /// <summary>What was decided.</summary>
    public required InitChoices Choices { get; init; }

    /// <summary>The cards for the guest.</summary>
    public required IReadOnlyList<ChosenCard> Cards { get; init; }

    /// <summary>Why no graphics card or USB controller was chosen, where none was.</summary>
    public required IReadOnlyList<string> Omissions { get; init; }

    /// <summary>The bridge, or why there is none.</summary>
    public required NetworkProposal Network { get; init; }

    /// <summary>The CPUs of the guest.</summary>
    public required PinningPlan Pinning { get; init; }

    /// <summary>Makes a proposal.</summary>
    /// <exception cref="EngineException">A choice names something the machine does not have.</exception>
    public static Proposal Make(HostFacts facts, ConnectionSpec connection, InitChoices choices)
    {
        var all = Candidate.Of(facts);
        var cards = new List<ChosenCard>();
        var omissions = new List<string>();
        Choose(all, CandidateKind.Graphics, "gpu", "graphics card", choices.Gpu, "--gpu", cards, omissions);
        Choose(all, CandidateKind.Usb, "usb", "USB controller", choices.Usb, "--usb", cards, omissions);
        foreach (var address in choices.Devices)
        {
            var card = Find(all, address, "--device");
            if (!cards.Any(c => c.Card.Functions[0].Address.Slot == card.Functions[0].Address.Slot))
                cards.Add(new(card, Word(card.Kind), "you named it"));
        }
        var threads = facts.Cpu.Cpus.Where(c => c.Online).GroupBy(c => (c.Package, c.Die, c.Core)).Select(g => g.Count()).DefaultIfEmpty(1).Min();
        return new()
        {
            Facts = facts,
            Connection = connection,
            Choices = choices,
            Cards = cards,
            Omissions = omissions,
            Network = NetworkProposal.Make(facts, choices.Bridge, [.. cards.SelectMany(c => c.Card.Functions).Select(f => f.Address)]),
            Pinning = PinningPlanner.Plan(facts.Cpu, choices.Cpus, threads, cards.Select(c => c.Card.Lead.Node).FirstOrDefault(n => n >= 0, -1)),
        };
    }

    /// <summary>The cards of a kind that can be proposed: nothing is lost with them, and no other card comes along.</summary>
    public static IReadOnlyList<Candidate> Proposable(IReadOnlyList<Candidate> all, CandidateKind kind) => [.. all.Where(c => c.Kind == kind && c is { IsFree: true, Onboard: false })];

    private static void Choose(
        IReadOnlyList<Candidate> all, CandidateKind kind, string word, string what, string? choice, string option, List<ChosenCard> cards, List<string> omissions)
    {
        if (choice == InitChoices.None)
            return;
        var free = Proposable(all, kind);
        if (choice is not null)
            cards.Add(new(Find(all, choice, option), word, "you named it"));
        else if (free.Count > 0)
            cards.Add(new(free[0], word, Reason(free, what)));
        else
            omissions.Add(Why(all, kind, what, option));
    }

    private static string Reason(IReadOnlyList<Candidate> free, string what)
    {
        var (first, others) = (free[0], free.Skip(1).ToList());
        var group = first.Grouped ? "alone in its IOMMU group" : "its IOMMU group is not known yet: the kernel does not use the IOMMU";
        return $"{group}, and the host needs none of it"
            + (others.Count == 0 ? $"; the only {what} of which that is true"
                : $"; {string.Join(", ", others.Select(o => o.Lead.Address.Brief))} would do as well{(!first.ShowsConsole && others.Any(o => o.ShowsConsole) ? ", and this one does not show the firmware's screen" : "")}");
    }

    private static string Why(IReadOnlyList<Candidate> all, CandidateKind kind, string what, string option)
    {
        var some = all.Where(c => c.Kind == kind).ToList();
        return some.Count == 0 ? $"No {what} is in the machine."
            : $"No {what} is proposed: {string.Join("; ", some.Select(c => $"{c.Lead.Address.Brief} {(c.IsFree ? "is part of the board" : c.Hindrance)}"))}. Name one with {option} if you want it all the same.";
    }

    private static Candidate Find(IReadOnlyList<Candidate> all, string text, string option)
    {
        if (!PciAddress.TryRead(text, out var address))
            throw new EngineException($"{option}: \"{text}\" is not {PciAddress.Expected}{(option == "--device" ? "" : $", or {InitChoices.None}")}.");
        return all.FirstOrDefault(c => c.Functions.Any(f => f.Address == address))
            ?? throw new EngineException($"{option}: {address.Brief} is no card a guest could use; the machine has {string.Join(", ", all.Select(c => c.Lead.Address.Brief))} (passthrough doctor shows them).");
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
