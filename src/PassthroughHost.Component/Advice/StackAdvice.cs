using PassthroughInfra.Component.Concerns.Isolation;
using PassthroughInfra.Component.Devices;
using PassthroughInfra.Component.Facts;
using PassthroughInfra.Component.Spec;

namespace PassthroughInfra.Component.Advice;

/// <summary>A card that is given to the guest.</summary>
/// <param name="Card">The card.</param>
/// <param name="Word">What its functions are called after: <c>gpu</c>.</param>
/// <param name="Reason">Why this one.</param>
public sealed record ChosenCard(Candidate Card, string Word, string Reason);

/// <summary>What a stack for a machine should say, with the reasons. Pure: the same facts and choices give the same.</summary>
public sealed record StackAdvice
{
    /// <summary>The facts.</summary>
    public required HostFacts Facts { get; init; }

    /// <summary>How the machine is reached.</summary>
    public required ConnectionSpec Connection { get; init; }

    /// <summary>What was decided.</summary>
    public required AdviceChoices Choices { get; init; }

    /// <summary>The machine's devices.</summary>
    public required HostDevices Devices { get; init; }

    /// <summary>The cards for the guest.</summary>
    public required IReadOnlyList<ChosenCard> Cards { get; init; }

    /// <summary>Why no graphics card or USB controller was chosen, where none was.</summary>
    public required IReadOnlyList<string> Omissions { get; init; }

    /// <summary>What the host loses because the operator named it: its display, its keyboard.</summary>
    public required IReadOnlyList<PciAddress> AcceptedLosses { get; init; }

    /// <summary>What was set up by hand and is taken over; null where a stack is proposed.</summary>
    public Adoption? Adoption { get; init; }

    /// <summary>The bridge, or why there is none.</summary>
    public required NetworkAdvice Network { get; init; }

    /// <summary>The CPUs of the guest.</summary>
    public required PinningPlan Pinning { get; init; }

    /// <summary>Makes it.</summary>
    /// <exception cref="ChoiceException">A choice names something the machine does not have.</exception>
    public static StackAdvice Make(HostFacts facts, ConnectionSpec connection, AdviceChoices choices)
    {
        var devices = HostDevices.Of(facts);
        if (choices.Adopt)
        {
            return Adopt(facts, connection, choices, devices);
        }

        var chooser = new CardChooser(devices);
        chooser.Graphics(choices.Gpu);
        chooser.Usb(choices.Usb);
        foreach (var address in choices.Devices)
        {
            chooser.Further(address);
        }

        var cards = chooser.Cards;
        return new()
        {
            Facts = facts,
            Connection = connection,
            Choices = choices,
            Devices = devices,
            Cards = cards,
            Omissions = chooser.Omissions,
            AcceptedLosses = chooser.AcceptedLosses(),
            Network = NetworkAdvice.Make(facts, choices.Bridge, [.. cards.SelectMany(c => c.Card.Functions).Select(f => f.Address)]),
            Pinning = Pins(facts.Cpu, choices.Cpus, [.. cards.Select(c => c.Card.Lead.Node)]),
        };
    }

    /// <summary>The cards of a kind that can be proposed, the better ones first.</summary>
    public static IReadOnlyList<Candidate> Proposable(HostDevices devices, CandidateKind kind) => CardChooser.Proposable(devices, kind);

    /// <summary>What speaks against proposing a card, in brief.</summary>
    public static string Against(HostDevices devices, Candidate card) => CardChooser.Why(devices, card);

    /// <summary>How much memory the guest can have at most, in KiB.</summary>
    public long RoomKiB => new GuestAdvice(this).RoomKiB();

    /// <summary>How many cores the guest has to itself.</summary>
    public int GuestCores => CpuCores.Of(Facts.Cpu).Count(c => c.Threads.Any(t => Pinning.Cpus.Contains(t.Number)));

    /// <summary>The machine as a stack file has it after its connection, with the reasons as comments.</summary>
    public IReadOnlyList<StackEntry> Entries() =>
        Adoption is { } adoption ? [.. adoption.Entries(), .. NetworkEntries(), .. adoption.GuestEntries()]
        : [DeviceEntry(), .. Accepted(), .. NetworkEntries(), .. new GuestAdvice(this).Entries()];

    /// <summary>The machine as a stack's program reads it.</summary>
    /// <exception cref="SpecException">It is not accepted, which no advice should be.</exception>
    public MachineSpec Spec()
    {
        var reached = new StackMap([new("host", Connection.Host), new("user", Connection.User), new("hostKey", HostKeyOf(Connection))]);
        return SpecReader.Read(new StackMap([new("connection", reached), .. Entries()]).ToJson().ToJsonString()) with { Connection = Connection };
    }

    // A bridge that is there stays its owner's: no network of a stack can take one over without cycling it.
    private static StackAdvice Adopt(HostFacts facts, ConnectionSpec connection, AdviceChoices choices, HostDevices devices)
    {
        if (choices.Gpu is not null || choices.Usb is not null || choices.Devices.Count > 0 || choices.Guest is not null)
        {
            throw new ChoiceException("--adopt takes over what was set up by hand: --gpu, --usb, --device and --guest propose something else.");
        }

        var adoption = Adoption.Of(facts);
        var there = facts.Network.Links.Where(l => l.Kind == "bridge" && facts.Network.Links.Any(m => m.Master == l.Name && m.Pci is not null)).Select(l => l.Name).ToList();
        var left = new NetworkAdvice(null, null, there.FirstOrDefault("")!, [], null, null, there.Count > 0 ? $"{string.Join(" and ", there)} stay as they are: no bridge is taken over" : "the network stays as it is");
        return new()
        {
            Facts = facts,
            Connection = connection,
            Choices = choices,
            Devices = devices,
            Cards = [],
            Omissions = [],
            AcceptedLosses = [],
            Adoption = adoption,
            Network = choices.Bridge is null or AdviceChoices.None ? left : NetworkAdvice.Make(facts, choices.Bridge, [.. adoption.Devices.Select(d => d.Address)]),
            Pinning = Pins(facts.Cpu, choices.Cpus, [.. adoption.Devices.Select(d => d.Node)]),
        };
    }

    private static string HostKeyOf(ConnectionSpec connection) => connection.HostKey ?? "insecure-accept-any";

    private static PinningPlan Pins(CpuFacts cpu, int? count, IReadOnlyList<int> nodes)
    {
        var plan = PinningPlanner.Plan(cpu, count, count is null ? int.MaxValue : Threads(cpu), nodes.FirstOrDefault(n => n >= 0, -1));
        return nodes.Count == 0 || nodes.Any(n => n >= 0) || plan.Order.Count == 0 || cpu.Cpus.Select(c => c.Node).Distinct().Count() < 2 ? plan
            : plan with { Explanation = $"{plan.Explanation}; which node the device is on the firmware does not say: see lstopo, and name CPUs there" };
    }

    // A number of CPUs that was asked for is of whole cores where every core has as many threads.
    private static int Threads(CpuFacts cpu) => CpuCores.Of(cpu).Select(c => c.Threads.Count).DefaultIfEmpty(1).Min();

    private StackEntry DeviceEntry()
    {
        var comment = string.Join('\n', Cards.Select(c => $"{c.Card.Lead.Address.Brief} {c.Card.Lead.Label}: {c.Reason}.").Concat(Omissions));
        var names = new HashSet<string>(StringComparer.Ordinal);
        var devices = Cards.SelectMany(card => card.Card.Functions.Select(f => new StackMap(
            [new("name", DeviceNames.InStack(card.Word, f, f == card.Card.Lead, names)), new("address", f.Address.Brief), new("id", f.Id)],
            Flow: true))).ToList();
        return new("devices", devices, (comment.Length > 0 ? comment + "\n" : "") + (devices.Count > 0 ? "All functions of a card go together; each is bound to vfio-pci at boot." : "No device is given to a guest yet."));
    }

    private IEnumerable<StackEntry> Accepted()
    {
        var siblings = Cards.SelectMany(c => c.Card.Siblings).Select(s => s.Address).Distinct().ToList();
        if (siblings.Count > 0)
        {
            yield return new("acceptSiblings", siblings.Select(s => s.Brief).ToList(), "They share an IOMMU group with a card above, so the host loses them too.");
        }

        if (AcceptedLosses.Count > 0)
        {
            yield return new(
                "acceptLoss",
                AcceptedLosses.Select(a => a.Brief).ToList(),
                $"You named what the host would miss: {string.Join("; ", AcceptedLosses.Select(a => $"{a.Brief} {Devices.Losses.GetValueOrDefault(a)?.Words ?? "is the last display"}"))}. It is reached over SSH, or a serial console.");
        }
    }

    private IEnumerable<StackEntry> NetworkEntries()
    {
        if (Network.Link is null)
        {
            yield break;
        }

        var entries = new List<StackEntry> { new("link", Network.Link.Name) };
        if (Network.Vlan is { } vlan)
        {
            entries.Add(new("vlan", vlan));
        }

        entries.Add(new("bridge", Network.Bridge));
        if (Network.Addresses.Count > 0)
        {
            entries.Add(new("addresses", Network.Addresses));
        }

        if (Network.Gateway is { } gateway)
        {
            entries.Add(new("gateway", gateway));
        }

        if (Facts.Services.IsActive("NetworkManager"))
        {
            entries.Add(new("releaseFromNetworkManager", true));
        }

        if (Network.Session is { } session)
        {
            entries.Add(new("nics", new[] { new StackMap(Nic(session), Flow: true) }));
        }

        yield return new("network", new StackMap(entries), $"A bridge for guests: {Network.Reason}.");
    }

    private List<StackEntry> Nic(LinkFacts nic)
    {
        var entries = new List<StackEntry> { new("name", nic.Name), new("addresses", nic.Addresses.Where(NetworkAdvice.IsStatic).ToList()) };
        if (NetworkAdvice.GatewayOf(Facts.Network, nic) is { } gateway)
        {
            entries.Add(new("gateway", gateway));
        }

        return entries;
    }
}
