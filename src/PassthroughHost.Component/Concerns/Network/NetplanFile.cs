using PassthroughInfra.Component.Facts;
using PassthroughInfra.Component.Spec;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;
using YamlDotNet.Serialization;
using Map = System.Collections.Generic.OrderedDictionary<string, object>;

namespace PassthroughInfra.Component.Concerns.Network;

/// <summary>netplan's files: the one this project writes, and what others say. Source: netplan-yaml(5).</summary>
internal static class NetplanFile
{
    /// <summary>The file this project owns. It comes after the installer's, so that in what netplan merges it has the last word.</summary>
    public const string Path = "/etc/netplan/60-passthrough-host.yaml";

    /// <summary>netplan warns of files that others can read, because they may hold keys.</summary>
    public const string Mode = "600";

    private const int StandardMtu = 1500;

    private const string Folder = "/etc/netplan/";

    private static readonly ISerializer Serializer = new SerializerBuilder().WithNewLine("\n").WithQuotingNecessaryStrings().WithIndentedSequences().Build();

    /// <summary>The whole text of the file.</summary>
    /// <param name="network">What is wanted.</param>
    /// <param name="kept">The NICs that somebody else sets up, whose addresses are to stay; null if the host was not read.</param>
    public static string Text(NetworkSpec network, IReadOnlySet<string>? kept = null)
    {
        var root = new Map { ["version"] = 2 };
        if (network.Renderer is { } renderer)
        {
            root["renderer"] = renderer == NetplanRenderer.Networkd ? "networkd" : "NetworkManager";
        }

        Add(root, "ethernets", Ethernets(network, kept));
        Add(root, "vlans", Vlans(network));
        Add(root, "bridges", Bridges(network));
        return "# Network of passthrough-host. Change it in the machine's stack, not here.\n" + Serializer.Serialize(new Map { ["network"] = root });
    }

    /// <summary>netplan's files of others, as they were read.</summary>
    public static IEnumerable<FileFacts> Others(HostFacts facts) =>
        facts.Files.Where(f => f.Kind == FileKind.Regular && f.Path != Path && f.Path.StartsWith(Folder, StringComparison.Ordinal) && f.Path.EndsWith(".yaml", StringComparison.Ordinal));

    /// <summary>Whether a path is below /etc/netplan.</summary>
    public static bool IsNetplan(string path) => path.StartsWith(Folder, StringComparison.Ordinal);

    /// <summary>Whether a file hands all links, or some, to NetworkManager.</summary>
    public static bool UsesNetworkManager(FileFacts file) =>
        Network(file) is { } network && (Says(network) || Definitions(network).Any(d => Says(d.Definition)));

    /// <summary>What a file defines, by the name of the link: <c>ethernets</c>, <c>vlans</c>, <c>bridges</c>… and the definition.</summary>
    public static IEnumerable<(string Name, YamlMappingNode Definition)> Defines(FileFacts file) =>
        Network(file) is { } network ? Definitions(network) : [];

    /// <summary>Whether a file has netplan keep the addresses that are found on a link.</summary>
    public static bool Keeps(FileFacts file, string link) =>
        Defines(file).Any(d => d.Name == link && Child(d.Definition, "critical") is YamlScalarNode { Value: "true" });

    private static void Add(Map root, string key, Map part)
    {
        if (part.Count > 0)
        {
            root[key] = part;
        }
    }

    private static Map Ethernets(NetworkSpec network, IReadOnlySet<string>? kept)
    {
        var ethernets = new Map();
        var bridges = network.AllBridges().Select(b => b.Bridge).ToList();
        foreach (var link in bridges.Select(b => b.Link!.Value).Distinct())
        {
            var ethernet = new Map();
            if (network.Nics.FirstOrDefault(n => n.Name == link) is { } nic)
            {
                ethernet = Addressing(nic);
            }
            else if (bridges.Any(b => b.Link == link && b.Vlan is null))
            {
                // An installer's file may have DHCP on it, and netplan merges: a bridge's port has no address of its own.
                (ethernet["dhcp4"], ethernet["dhcp6"]) = (false, false);
            }
            else if (kept?.Contains(link.ToString()!) == true)
            {
                // systemd-networkd drops addresses that it has not set itself, unless it is told that they matter. Source: netplan-yaml(5), critical.
                ethernet["critical"] = true;
            }

            // A VLAN's packets must fit its NIC; smaller ones are no reason to make the NIC's smaller.
            if (bridges.Where(b => b.Link == link && (b.Vlan is null || b.Mtu > StandardMtu)).Max(b => b.Mtu) is { } mtu)
            {
                ethernet["mtu"] = ethernet.TryGetValue("mtu", out var own) ? Math.Max(mtu, (int)own) : mtu;
            }

            ethernets[link.ToString()] = ethernet;
        }

        foreach (var nic in network.Nics.Where(n => !ethernets.ContainsKey(n.Name.ToString())))
        {
            ethernets[nic.Name.ToString()] = Addressing(nic);
        }

        return ethernets;
    }

    private static Map Vlans(NetworkSpec network)
    {
        var vlans = new Map();
        foreach (var bridge in network.AllBridges().Select(b => b.Bridge).Where(b => b.Vlan is not null))
        {
            var vlan = new Map { ["id"] = bridge.Vlan!.Value.Number, ["link"] = bridge.Link.ToString()! };
            if (bridge.Mtu is { } mtu)
            {
                vlan["mtu"] = mtu;
            }

            vlans[network.VlanName(bridge)!] = vlan;
        }

        return vlans;
    }

    private static Map Bridges(NetworkSpec network)
    {
        var bridges = new Map();
        foreach (var bridge in network.AllBridges().Select(b => b.Bridge))
        {
            var map = new Map { ["interfaces"] = new[] { network.VlanName(bridge) ?? bridge.Link.ToString()! } };
            if (bridge.MacAddress is { } mac)
            {
                map["macaddress"] = mac.ToString();
            }

            foreach (var (key, value) in Addressing(bridge))
            {
                map[key] = value;
            }

            if (bridge.Stp is not null || bridge.ForwardDelaySeconds is not null)
            {
                // Where any parameter is given, netplan's default for stp is true.
                var parameters = new Map { ["stp"] = bridge.Stp ?? false };
                if (bridge.ForwardDelaySeconds is { } delay)
                {
                    parameters["forward-delay"] = delay;
                }

                map["parameters"] = parameters;
            }

            bridges[bridge.Bridge.ToString()!] = map;
        }

        return bridges;
    }

    private static Map Addressing(AddressingSpec link)
    {
        // Both are always written: what netplan merges from other files must not bring DHCP back.
        var map = new Map { ["dhcp4"] = link.Dhcp4, ["dhcp6"] = link.Dhcp6 };
        if (link.Addresses.Count > 0)
        {
            map["addresses"] = link.Addresses.Select(a => a.ToString()).ToList();
        }

        var routes = (link.Gateway is { } gateway ? [new Map { ["to"] = "default", ["via"] = gateway.ToString() }] : Array.Empty<Map>()).Concat(link.Routes.Select(Route)).ToList();
        if (routes.Count > 0)
        {
            map["routes"] = routes;
        }

        var nameservers = new Map();
        if (link.Nameservers.Count > 0)
        {
            nameservers["addresses"] = link.Nameservers.Select(n => n.ToString()).ToList();
        }

        if (link.SearchDomains.Count > 0)
        {
            nameservers["search"] = link.SearchDomains;
        }

        Add(map, "nameservers", nameservers);
        if (link.Mtu is { } mtu)
        {
            map["mtu"] = mtu;
        }

        return map;
    }

    private static Map Route(RouteSpec route)
    {
        var map = new Map { ["to"] = route.To.ToString(), ["via"] = route.Via.ToString() };
        if (route.Metric is { } metric)
        {
            map["metric"] = metric;
        }

        if (route.OnLink)
        {
            map["on-link"] = true;
        }

        return map;
    }

    private static YamlMappingNode? Network(FileFacts file)
    {
        try
        {
            var yaml = new YamlStream();
            yaml.Load(new StringReader(file.Content));
            return yaml.Documents.Count > 0 && yaml.Documents[0].RootNode is YamlMappingNode root ? Child(root, "network") as YamlMappingNode : null;
        }
        catch (YamlException)
        {
            // netplan itself says what is wrong with it, when the change is validated on the host.
            return null;
        }
    }

    private static IEnumerable<(string Name, YamlMappingNode Definition)> Definitions(YamlMappingNode network) =>
        network.Children.Where(c => c.Value is YamlMappingNode)
            .SelectMany(c => ((YamlMappingNode)c.Value).Children)
            .Where(c => c.Value is YamlMappingNode)
            .Select(c => (((YamlScalarNode)c.Key).Value ?? "", (YamlMappingNode)c.Value));

    private static bool Says(YamlMappingNode node) => Child(node, "renderer") is YamlScalarNode { Value: "NetworkManager" };

    /// <summary>A mapping's value, if it has the key.</summary>
    public static YamlNode? Child(YamlMappingNode node, string key) =>
        node.Children.FirstOrDefault(c => c.Key is YamlScalarNode scalar && scalar.Value == key).Value;
}
