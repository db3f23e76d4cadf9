using System.Text.RegularExpressions;

namespace PassthroughInfra.Component.Spec;

/// <summary>What must hold within <c>machine.network</c>, whatever the machine.</summary>
internal static partial class NetworkRules
{
    private const string Root = SpecReader.Root + ".network";

    /// <summary>Every rule that is broken.</summary>
    public static IEnumerable<SpecError> Check(NetworkSpec network)
    {
        var errors = new List<SpecError>();
        if (network.Bridge is null && network.Link is null)
        {
            if (network.Bridges.Count == 0 && network.Nics.Count == 0)
            {
                errors.Add(new(Root, "names no bridge", "write link and bridge, or bridges, or nics; leave network out where the network is not to be managed"));
            }
            else if (network.Vlan is not null || network.MacAddress is not null || network.Stp is not null || network.ForwardDelaySeconds is not null || HasAddressing(network))
            {
                errors.Add(new($"{Root}.bridge", "is missing, although its addresses or VLAN are here", "name link and bridge here too, or move all of it into bridges"));
            }
        }

        if (network.ConfirmTimeoutSeconds is < 30 or > 600)
        {
            errors.Add(new($"{Root}.confirmTimeoutSeconds", $"{network.ConfirmTimeoutSeconds} is out of range", "30 to 600 seconds"));
        }

        foreach (var (path, bridge) in network.AllBridges())
        {
            errors.AddRange(Bridge(network, bridge, path));
        }

        foreach (var (path, nic) in network.AllNics())
        {
            errors.AddRange(Addressing(nic, path));
        }

        errors.AddRange(Names(network));
        errors.AddRange(Together(network));
        return errors;
    }

    private static bool HasAddressing(AddressingSpec a) =>
        a.Addresses.Count > 0 || a.Gateway is not null || a.Nameservers.Count > 0 || a.Dhcp4 || a.Dhcp6 || a.Routes.Count > 0 || a.Mtu is not null;

    private static IEnumerable<SpecError> Bridge(NetworkSpec network, BridgeSpec bridge, string path)
    {
        if (bridge.Link is null)
        {
            yield return new($"{path}.link", "is missing", "name the NIC the bridge stands on: enp7s0 (ip link)");
        }

        if (bridge.Bridge is null)
        {
            yield return new($"{path}.bridge", "is missing", "name the bridge: br0, br3000");
        }

        if (network.VlanName(bridge) is { Length: > LinkName.Longest } name)
        {
            yield return new($"{path}.vlan", $"its device would be called \"{name}\", which is too long", $"the same VLAN is taken on two NICs and {bridge.Link} has a long name; names have at most {LinkName.Longest} characters");
        }

        if (bridge.ForwardDelaySeconds is { } delay && (bridge.Stp == true ? delay is < 2 or > 30 : delay is < 0 or > 30))
        {
            yield return new($"{path}.forwardDelaySeconds", $"{delay} is out of range", "0 to 30 seconds; with stp: true 2 to 30");
        }

        foreach (var error in Addressing(bridge, path))
        {
            yield return error;
        }
    }

    private static IEnumerable<SpecError> Addressing(AddressingSpec link, string path)
    {
        for (var i = 0; i < link.Addresses.Count; i++)
        {
            var address = link.Addresses[i];
            if (link.Addresses.Take(i).Any(a => a.Address == address.Address))
            {
                yield return new($"{path}.addresses[{i}]", $"\"{address}\" is there twice", "list each address once");
            }

            if (!address.Address.IsIPv6 && address.PrefixLength < 31 && address.PrefixLength > 0 && address.Network.BaseAddress.Equals(address.Address.Value))
            {
                yield return new($"{path}.addresses[{i}]", $"\"{address}\" is the network, not an address in it", "write the host's own address with the prefix length");
            }
        }

        if (link.Gateway is { } gateway)
        {
            var own = link.Addresses.Where(a => a.Address.IsIPv6 == gateway.IsIPv6).ToList();
            if (own.Any(a => a.Address == gateway))
            {
                yield return new($"{path}.gateway", $"\"{gateway}\" is the host's own address", "name the router");
            }
            else if (!own.Any(a => a.Network.Contains(gateway.Value)) && !gateway.Value.IsIPv6LinkLocal)
            {
                yield return new($"{path}.gateway", $"\"{gateway}\" is in none of the networks of addresses", own.Count == 0 ? "give the link an address of that family; with DHCP the gateway comes along by itself" : $"these are {string.Join(", ", own.Select(a => a.Network).Distinct())}; a router elsewhere on the link goes into routes with onLink: true");
            }
        }

        for (var i = 0; i < link.Routes.Count; i++)
        {
            var route = link.Routes[i];
            if (route.To.Target is { } target && target.Address.IsIPv6 != route.Via.IsIPv6)
            {
                yield return new($"{path}.routes[{i}].via", $"\"{route.Via}\" is of another family than {target}", "an IPv4 route has an IPv4 next hop, an IPv6 route an IPv6 one");
            }

            if (route.Metric is < 0)
            {
                yield return new($"{path}.routes[{i}].metric", $"{route.Metric} is negative", "0 or more; the lower one is taken");
            }
        }

        for (var i = 0; i < link.SearchDomains.Count; i++)
        {
            if (!Domain().IsMatch(link.SearchDomains[i]))
            {
                yield return new($"{path}.searchDomains[{i}]", $"\"{link.SearchDomains[i]}\" is not a domain", "letters, digits, '-' and '.'");
            }
        }

        var smallest = link.Dhcp6 || link.Addresses.Any(a => a.Address.IsIPv6) ? 1280 : 576;
        if (link.Mtu is { } mtu && (mtu < smallest || mtu > 65535))
        {
            yield return new($"{path}.mtu", $"{mtu} is out of range", $"{smallest} to 65535 bytes{(smallest == 1280 ? " with IPv6" : "")}; 9000 for jumbo frames");
        }
    }

    // One NIC in two bridges, one name for two links.
    private static IEnumerable<SpecError> Names(NetworkSpec network)
    {
        var taken = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var (path, nic) in network.AllNics())
        {
            if (!taken.TryAdd(nic.Name.ToString(), path))
            {
                yield return new($"{path}.name", $"\"{nic.Name}\" is there twice", "list each NIC once");
            }
        }

        var ports = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var (path, bridge) in network.AllBridges().Where(b => b.Bridge.Bridge is not null && b.Bridge.Link is not null))
        {
            if (!taken.TryAdd(bridge.Bridge.ToString()!, path))
            {
                yield return new($"{path}.bridge", $"\"{bridge.Bridge}\" is also the name in {taken[bridge.Bridge.ToString()!]}", "give each bridge a name of its own");
            }

            if (network.AllBridges().Any(b => b.Bridge.Bridge == bridge.Link))
            {
                yield return new($"{path}.link", $"\"{bridge.Link}\" is itself a bridge of this spec", "name the NIC; a bridge cannot stand on a bridge");
            }

            var port = network.VlanName(bridge) ?? bridge.Link.ToString()!;
            if (!ports.TryAdd(port, path))
            {
                yield return new($"{path}.{(bridge.Vlan is null ? "link" : "vlan")}", $"{port} is already in the bridge of {ports[port]}", "a NIC, or a VLAN on it, can be in one bridge only; several VLANs on one NIC can each have a bridge");
            }

            if (bridge.Vlan is null && network.AllNics().FirstOrDefault(n => n.Nic.Name == bridge.Link) is { Nic: not null } nic)
            {
                yield return new($"{nic.Path}.name", $"\"{bridge.Link}\" is in the bridge of {path}", "a NIC in a bridge has no addresses of its own: write them for the bridge");
            }
        }
    }

    // What two links cannot both have.
    private static IEnumerable<SpecError> Together(NetworkSpec network)
    {
        var links = network.AllLinks().ToList();
        for (var i = 0; i < links.Count; i++)
        {
            foreach (var other in links.Take(i))
            {
                foreach (var (address, index) in links[i].Link.Addresses.Select((a, n) => (a, n)))
                {
                    if (other.Link.Addresses.FirstOrDefault(a => a.Overlaps(address)) is { PrefixLength: > 0 } same)
                    {
                        yield return new($"{links[i].Path}.addresses[{index}]", $"\"{address}\" is in the same network as {same} of {other.Path}", "each network belongs to one link, or the host answers over the wrong one");
                    }
                }

                if (links[i].Link.Gateway is { } gateway && other.Link.Gateway is { } first && gateway.IsIPv6 == first.IsIPv6)
                {
                    yield return new($"{links[i].Path}.gateway", $"\"{gateway}\" would be a second default route beside {first} of {other.Path}", "keep one gateway, or write the second under routes with a metric");
                }
            }
        }
    }

    [GeneratedRegex("^[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?\\z")]
    private static partial Regex Domain();
}
