using System.Text.RegularExpressions;

namespace PassthroughInfra.Component.Facts;

/// <summary>
/// What carries the SSH session that a host was read over: from the link that its answers leave by down to the network cards, through bonds, teams, bridges,
/// VLANs, macvlans and VRFs (the kernel shows what each stands on), Open vSwitch and tunnels.
/// Source: Linux <c>net/core/dev.c</c> (<c>lower_*</c>, <c>master</c>), <c>net/openvswitch/vport-netdev.c</c> (a port's master is the datapath's own link).
/// </summary>
/// <param name="Links">The links with a PCI function that carry it; if it cannot be told which, every one that may.</param>
/// <param name="Unknown">Why it cannot be told which; empty where it is known.</param>
public sealed partial record SshPath(IReadOnlyList<LinkFacts> Links, string Unknown)
{
    /// <summary>Finds them.</summary>
    public static SshPath Of(NetworkFacts network)
    {
        if (network.SshServerAddress.Length == 0)
        {
            return new(Cards(network, network.DefaultRoutes.Select(r => r.Link)), "these facts were not read over SSH");
        }

        if (network.SshRoute == "lo" || network.SshClientAddress is "127.0.0.1" or "::1")
        {
            return Any(network, $"the connection comes from the machine itself ({network.SshClientAddress}): a relay, a container or a tunnel's own SSH server is between");
        }

        if (network.SshLink is not { } first)
        {
            return Any(network, $"the connection comes in at {network.SshServerAddress}, which is on no link (address translation?)");
        }

        var found = new List<LinkFacts>();
        var seen = new HashSet<string>(StringComparer.Ordinal);
        var why = Walk(network, first, found, seen);
        return why.Length == 0 ? new(found, "") : Any(network, why);
    }

    /// <summary>Everything from a link down, tunnels and switches included, and why that is not all; empty where it is.</summary>
    private static string Walk(NetworkFacts network, LinkFacts link, List<LinkFacts> found, HashSet<string> seen)
    {
        if (!seen.Add(link.Name))
        {
            return "";
        }

        if (link.Pci is not null)
        {
            found.Add(link);
        }

        var below = Next(network, link).Where(l => l.Name != link.Name).ToList();
        if (below.Count == 0 && link.Pci is null && link.IsHardware != true)
        {
            return $"{link.Name} is {(link.Kind.Length > 0 ? $"a link of the kind {link.Kind}" : "no network card")}, and what is below it is not known";
        }

        return below.Select(l => Walk(network, l, found, seen)).FirstOrDefault(w => w.Length > 0) ?? "";
    }

    private static IEnumerable<LinkFacts> Next(NetworkFacts network, LinkFacts link)
    {
        var own = network.Links.Where(l => l.Master == link.Name || link.Lower.Contains(l.Name)).Where(l => !LeadsInside(l));
        var others = link.Kind == "openvswitch" ? network.Links.Where(l => l.Master == "ovs-system" && l.Kind != "openvswitch") : [];
        var tunnels = network.Tunnels.Where(t => t.Link == link.Name).SelectMany(t => network.Links.Where(l => l.Name == t.Via));
        return own.Concat(others).Concat(tunnels).DistinctBy(l => l.Name);
    }

    /// <summary>
    /// Whether a port of a bridge leads to a guest or container of this host, so that no peer elsewhere is reached by it: libvirt keeps names that begin with
    /// <c>vnet</c> to itself (Domain XML format, "Overriding the target element"), and of a <c>veth</c> the other end is in another namespace.
    /// </summary>
    private static bool LeadsInside(LinkFacts link) => link is { Pci: null, Kind: "veth" } || (link.Kind == "tun" && GuestTap().IsMatch(link.Name));

    [GeneratedRegex("^vnet[0-9]+$")]
    private static partial Regex GuestTap();

    // It is one of those that are up: a packet can leave by no other.
    private static SshPath Any(NetworkFacts network, string why) =>
        new([.. network.Links.Where(l => l is { Pci: not null, Enabled: true, State: not "down" })], why);

    private static IReadOnlyList<LinkFacts> Cards(NetworkFacts network, IEnumerable<string> names)
    {
        var found = new List<LinkFacts>();
        foreach (var link in network.Links.Where(l => names.Contains(l.Name)))
        {
            _ = Walk(network, link, found, []);
        }

        return [.. found.DistinctBy(l => l.Name)];
    }
}
