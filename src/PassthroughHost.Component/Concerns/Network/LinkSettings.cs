using PassthroughInfra.Component.Facts;
using PassthroughInfra.Component.Planning;
using PassthroughInfra.Component.Spec;

namespace PassthroughInfra.Component.Concerns.Network;

/// <summary>What the links of a spec are to be, compared with what they are.</summary>
internal static class LinkSettings
{
    /// <summary>What the scripts of Network and its confirmation share.</summary>
    public static readonly IReadOnlyList<string> Scripts = ["running-guests.sh", "guest-ports.sh", "network-vlan.sh", "network-links.sh"];

    private const string None = "(none)";

    /// <summary>The same for the scripts, which look at the links themselves before and after a change.</summary>
    public static SortedDictionary<string, string> Variables(NetworkSpec network)
    {
        var bridges = network.AllBridges().Select(b => b.Bridge).ToList();
        var links = network.AllLinks().ToList();
        return new(StringComparer.Ordinal)
        {
            ["BRIDGES"] = string.Join(' ', bridges.Select(b => $"{b.Bridge}={network.VlanName(b) ?? b.Link.ToString()}")),
            ["VLANS"] = string.Join(' ', bridges.Where(b => b.Vlan is not null).Select(b => $"{network.VlanName(b)}={b.Vlan}={b.Link}")),
            ["ADDRESSES"] = string.Join(' ', links.SelectMany(l => l.Link.Addresses.Select(a => $"{l.Name}={a}"))),
            ["GATEWAYS"] = string.Join(' ', links.Where(l => l.Link.Gateway is not null).Select(l => $"{l.Name}={l.Link.Gateway}")),
            ["MTUS"] = string.Join(' ', links.Where(l => l.Link.Mtu is not null).Select(l => $"{l.Name}={l.Link.Mtu}")),
            ["STATIC"] = string.Join(' ', links.Where(l => l.Link.Addresses.Count > 0 && !l.Link.Dhcp4).Select(l => l.Name)),
        };
    }

    /// <summary>One setting for each thing that can differ, for every bridge, VLAN and NIC.</summary>
    public static IEnumerable<Setting> Of(NetworkSpec network, HostFacts? facts)
    {
        foreach (var (_, bridge) in network.AllBridges())
        {
            var name = bridge.Bridge.ToString()!;
            var port = network.VlanName(bridge) ?? bridge.Link.ToString()!;
            if (bridge.Vlan is { } vlan)
            {
                yield return new(port, Vlan(Find(port, facts), facts), $"VLAN {vlan} on {bridge.Link}");
            }

            yield return new(name, Bridge(Find(name, facts), port, facts), $"bridge over {port}");
            foreach (var setting in Addressing(name, bridge, facts))
            {
                yield return setting;
            }
        }

        foreach (var nic in network.Nics)
        {
            foreach (var setting in Addressing(nic.Name.ToString(), nic, facts))
            {
                yield return setting;
            }
        }
    }

    private static LinkFacts? Find(string name, HostFacts? facts) => facts?.Network.Links.FirstOrDefault(l => l.Name == name);

    private static string Vlan(LinkFacts? link, HostFacts? facts) =>
        facts is null ? "not read"
        : link is null ? None
        : link.VlanId is not { } id ? "no VLAN"
        : $"VLAN {id} on {string.Join(' ', link.Lower)}{Off(link)}";

    // Guests' own ports come and go, so only the port of the spec counts, and NICs that should not be there.
    private static string Bridge(LinkFacts? link, string port, HostFacts? facts)
    {
        if (facts is null)
        {
            return "not read";
        }

        if (link is null)
        {
            return None;
        }

        if (link.Kind != "bridge")
        {
            return "no bridge";
        }

        var ports = facts.Network.Links.Where(l => l.Master == link.Name && (l.Name == port || l.Pci is not null || l.Kind == "vlan")).Select(l => l.Name).ToList();
        return ports.Count == 0 ? $"bridge over nothing{Off(link)}" : $"bridge over {string.Join(" and ", ports.Order(StringComparer.Ordinal))}{Off(link)}";
    }

    private static string Off(LinkFacts link) => link.Enabled ? "" : ", switched off";

    private static IEnumerable<Setting> Addressing(string name, AddressingSpec wanted, HostFacts? facts)
    {
        var link = Find(name, facts);
        if (wanted.Addresses.Count > 0)
        {
            yield return new($"{name} addresses", facts is null ? "not read" : Addresses(link, wanted), Join(wanted.Addresses));
        }

        if (wanted.Gateway is { IsIPv6: false } gateway)
        {
            var live = facts?.Network.DefaultRoutes.Where(r => r.Link == name).Select(r => r.Via).ToList();
            yield return new(
                $"default route over {name}",
                live is null ? "not read" : live.Contains(gateway.ToString()) ? gateway.ToString() : live.FirstOrDefault() ?? None,
                gateway.ToString());
        }

        if (wanted.Mtu is { } mtu)
        {
            yield return new($"{name} MTU", facts is null ? "not read" : link is null ? None : $"{link.Mtu}", $"{mtu}");
        }
    }

    // With DHCP and with IPv6 (router advertisements) more than the static addresses may rightly be there.
    private static string Addresses(LinkFacts? link, AddressingSpec wanted)
    {
        var live = (link?.Addresses ?? []).Select(a => IpCidr.TryRead(a, out var address) ? address : default).Where(a => a != default).ToList();
        var ours = live.Where(a => wanted.Addresses.Contains(a) || (!a.Address.IsIPv6 && !wanted.Dhcp4));
        var text = Join(ours);
        return text == "" ? None : text;
    }

    private static string Join(IEnumerable<IpCidr> addresses) => string.Join(' ', addresses.Select(a => a.ToString()).Order(StringComparer.Ordinal));
}
