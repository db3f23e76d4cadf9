using PassthroughInfra.Component.Advice;
using PassthroughInfra.Component.Concerns.Guest;
using PassthroughInfra.Component.Concerns.Isolation;
using PassthroughInfra.Component.Devices;
using PassthroughInfra.Component.Facts;
using PassthroughInfra.Component.Spec;

namespace PassthroughInfra.Cli.Doctor;

/// <summary>What a function is to the host and its guests.</summary>
internal enum DeviceUse
{
    /// <summary>A bridge or root port: it carries others.</summary>
    Bridge,

    /// <summary>The host needs it.</summary>
    Host,

    /// <summary>The stack gives it to a guest.</summary>
    Guest,

    /// <summary>It can be given away as it is.</summary>
    Free,

    /// <summary>It could be given away, and others of its group would have to come along.</summary>
    Shared,

    /// <summary>A part of the machine, which no guest is given unless it is named.</summary>
    Board,
}

/// <summary>One function with what is to be said of it.</summary>
/// <param name="Use">What it is to the host and its guests.</param>
/// <param name="Note">The same in words, with the reason.</param>
/// <param name="Role">What it is to its machine.</param>
internal sealed record DeviceView(PciFacts Function, DeviceUse Use, string Note, DeviceRole Role);

/// <summary>One IOMMU group; <c>Number</c> is null for functions that are in none.</summary>
internal sealed record GroupView(int? Number, string Type, IReadOnlyList<DeviceView> Devices)
{
    /// <summary>Whether it holds nothing but bridges: nothing that could be passed through.</summary>
    public bool OnlyBridges => Devices.All(d => d.Use == DeviceUse.Bridge);
}

/// <summary>A machine with everything that is shown of it; text, JSON and picture are made from it.</summary>
internal sealed record HostView(HostFacts Facts, HostAssessment Assessment, MachineSpec? Stack, string Source, IReadOnlyList<GroupView> Groups)
{
    /// <summary>The guests' CPUs by vCPU, one guest after the other: the stack's where it pins them, else what the planner would choose.</summary>
    public IReadOnlyList<int> GuestCpus { get; } = Pins(Facts, Assessment, Stack);

    /// <summary>Whether the stack pins them; else they are a proposal.</summary>
    public bool PinsAreChosen => Stack?.Guests.Any(g => g.Cpus.Pin is not null) == true;

    /// <summary>Makes it from a reading.</summary>
    /// <param name="facts">The reading.</param>
    /// <param name="stack">What a stack asks of the machine; null where none is meant.</param>
    /// <param name="source">Where the reading came from, for people.</param>
    public static HostView Of(HostFacts facts, MachineSpec? stack, string source)
    {
        var assessment = HostAssessment.Of(facts, stack);
        var cards = assessment.Candidates.SelectMany(c => c.Functions.Select(f => (f.Address, Card: c))).ToDictionary(p => p.Address, p => p.Card);
        var groups = facts.Pci.GroupBy(p => p.Group).OrderBy(g => g.Key ?? int.MaxValue)
            .Select(g => new GroupView(
                g.Key,
                g.Key is { } number ? facts.GroupTypes.GetValueOrDefault(number, "") : "",
                [.. g.OrderBy(p => p.Address).Select(p => View(p, stack, assessment, cards))]))
            .ToList();
        return new(facts, assessment, stack, source, groups);
    }

    private static IReadOnlyList<int> Pins(HostFacts facts, HostAssessment assessment, MachineSpec? stack)
    {
        var pinned = stack is null ? [] : DeclaredGuest.Of(stack).Where(g => g.Spec.Cpus.Pin is not null).ToList();
        return pinned.Count == 0 ? assessment.Pinning.Order : [.. pinned.SelectMany(g => GuestPinning.Plan(g, facts).Vcpus).SelectMany(v => v.Cpus)];
    }

    private static DeviceView View(PciFacts function, MachineSpec? stack, HostAssessment assessment, Dictionary<PciAddress, Candidate> cards)
    {
        var (use, note) = Device(function, stack, assessment, cards);
        return new(function, use, note, assessment.Devices[function].Role);
    }

    private static (DeviceUse Use, string Note) Device(PciFacts function, MachineSpec? stack, HostAssessment assessment, Dictionary<PciAddress, Candidate> cards)
    {
        if (function.IsBridge)
            return (DeviceUse.Bridge, "");
        if (stack?.Devices.FirstOrDefault(d => d.Address == function.Address && d.Id == function.Id) is { } device)
            return (DeviceUse.Guest, $"for the guest: {device.Name}");
        if (stack?.AcceptSiblings.Contains(function.Address) == true)
            return (DeviceUse.Guest, "given up with its group");
        if (assessment.Losses.TryGetValue(function.Address, out var loss))
            return (DeviceUse.Host, $"the host needs it: it {loss}");
        var judged = assessment.Devices[function];
        if (!cards.TryGetValue(function.Address, out var card))
            return (DeviceUse.Board, judged.Reason);
        if (card.Siblings.Count > 0)
            return (DeviceUse.Shared, card.Hindrance);
        if (card.Loss.Length > 0)
            return (DeviceUse.Host, $"stays with the card: {card.Loss}");
        return card.Onboard
            ? (DeviceUse.Board, judged.Reason)
            : (DeviceUse.Free, card.Grouped ? "can be given to a guest" : "the host does not need it; its group is not known");
    }
}
