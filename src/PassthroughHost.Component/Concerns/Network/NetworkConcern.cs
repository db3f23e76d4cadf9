using PassthroughInfra.Component.Facts;
using PassthroughInfra.Component.Planning;
using PassthroughInfra.Component.Spec;

namespace PassthroughInfra.Component.Concerns.Network;

/// <summary>
/// Bridges, VLANs and addresses through a netplan file of its own, and NICs taken from NetworkManager (walk-through, rows 3 and 4). The change
/// is validated, then made under a timer on the host that takes it back; <see cref="NetworkConfirmConcern"/> ends that.
/// </summary>
public sealed class NetworkConcern : IConcern
{
    /// <summary>Says when and why the host took a change back.</summary>
    internal const string UndoneNote = "/var/lib/passthrough-host/network.undone";

    /// <summary>There while a change waits for its confirmation.</summary>
    internal const string PendingNote = "/var/lib/passthrough-host/network.guard/pending";

    /// <inheritdoc/>
    public string Name => "network";

    /// <inheritdoc/>
    public ConcernScript Script { get; } = new("network.sh")
    {
        Parts = [.. LinkSettings.Scripts, "ssh-units.sh"],
        Texts = [("GUARD_SCRIPT", "network-guard.sh"), ("VLAN_SCRIPT", "network-vlan.sh")],
    };

    /// <inheritdoc/>
    public bool IsWanted(MachineSpec spec) => spec.Network is not null;

    /// <inheritdoc/>
    public IReadOnlyList<string> Paths(MachineSpec spec) => [NetplanFile.Path, UndoneNote, PendingNote, InterfacesFiles.Path, InterfacesFiles.Others];

    /// <summary>Long enough for a revert that is not confirmed and taken back.</summary>
    public TimeSpan Timeout(MachineSpec spec) => TimeSpan.FromSeconds(spec.Network!.ConfirmTimeoutSeconds + 300);

    /// <inheritdoc/>
    public ConcernPlan Plan(MachineSpec spec, HostFacts? facts)
    {
        var network = spec.Network!;
        var owners = facts is null ? null : new LinkOwners(network, facts);
        return new()
        {
            Concern = Name,
            Script = Script,
            Files = [new(NetplanFile.Path, NetplanFile.Text(network, owners is null ? null : KeptNics(network, facts!, owners)), NetplanFile.Mode), .. PutAside(network, facts).Select(ManagedFile.Absent)],
            Settings = [.. LinkSettings.Of(network, facts)],
            Observed = facts is null ? [] : [.. LostPorts(spec, network, facts)],
            Choices = owners is { Interfaces.HasIfupdown: true } ? [Kept(network, owners)] : [],
            Findings = facts is null ? [] : [.. NetworkChecks.Check(spec, network, facts, owners!)],
            Variables = new SortedDictionary<string, string>(LinkSettings.Variables(network), StringComparer.Ordinal)
            {
                ["CONFIRM_SECONDS"] = $"{network.ConfirmTimeoutSeconds}",
            },
        };
    }

    // A bridge that was deleted and made again has lost the ports of guests that run: those of any guest, whether or not this stack has it.
    private IEnumerable<Difference> LostPorts(MachineSpec spec, NetworkSpec network, HostFacts facts)
    {
        var bridges = network.AllBridges().Select(b => b.Bridge.Bridge.ToString()).ToHashSet(StringComparer.Ordinal);
        foreach (var port in facts.Network.GuestPorts.Where(p => bridges.Contains(p.Bridge)))
        {
            if (facts.Network.Links.FirstOrDefault(l => l.Name == port.Name) is { } link && link.Master != port.Bridge
                // A port of a guest that is not this stack's may be elsewhere on purpose.
                && (link.Master.Length == 0 || spec.Guests.Any(g => $"{g.Name}" == port.Guest)))
            {
                yield return new(
                    Name,
                    Cause.Drift,
                    $"port {port.Name}",
                    $"port {port.Name} of the running guest {port.Guest}: {(link.Master.Length > 0 ? "in " + link.Master : "in no bridge")} -> in {port.Bridge}");
            }
        }
    }

    // NICs that carry VLANs beside addresses that neither netplan nor this stack gives them. One that nobody's file names is known by having its addresses from
    // nobody now; once netplan has it, by what netplan was told of it.
    private static HashSet<string> KeptNics(NetworkSpec network, HostFacts facts, LinkOwners owners)
    {
        var said = facts.Receipt("network")?.Choices.GetValueOrDefault(ByIfupdown)?.Value.Split(' ') ?? [];
        return [.. Parents(network).Where(l => owners.Of(l) is LinkOwner.Ifupdown || IsByHand(l) || (NetplanFile.Keeps(facts.File(NetplanFile.Path), l) && !said.Contains(l)))];

        bool IsByHand(string name) => owners.Of(name) is LinkOwner.Nobody && facts.Network.Links.First(l => l.Name == name).Addresses.Count > 0;
    }

    private const string ByIfupdown = "NIC";

    private static List<string> Parents(NetworkSpec network) =>
        [.. network.AllBridges().Where(b => b.Bridge.Vlan is not null).Select(b => b.Bridge.Link.ToString()!).Distinct().Order(StringComparer.Ordinal)];

    // The NICs whose addresses netplan is told to keep because ifupdown has them.
    private static Choice Kept(NetworkSpec network, LinkOwners owners)
    {
        var links = Parents(network);
        return Choice.Of(ByIfupdown, links, links.Where(l => owners.Of(l) is LinkOwner.Ifupdown), "is set up by ifupdown now", "is set up by ifupdown no more");
    }

    // Those that say so now, and those that were put aside by an earlier apply: they stay aside. Where its receipt is missing, what is kept of before tells them.
    private static IEnumerable<string> PutAside(NetworkSpec network, HostFacts? facts) =>
        !network.ReleaseFromNetworkManager || facts is null ? []
        : NetplanFile.Others(facts).Where(NetplanFile.UsesNetworkManager).Select(f => f.Path)
            .Concat(facts.Receipt("network") is { } receipt ? receipt.Files.Where(f => f.Value == "absent").Select(f => f.Key) : facts.Originals.Where(p => facts.File(p).Kind == FileKind.Absent))
            .Where(NetplanFile.IsNetplan)
            .Distinct()
            .Order(StringComparer.Ordinal);
}
