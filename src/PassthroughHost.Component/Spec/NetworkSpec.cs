using System.ComponentModel;

namespace PassthroughInfra.Component.Spec;

/// <summary>Addresses, routes and name servers of one link. Source of the terms: netplan-yaml(5).</summary>
public record AddressingSpec
{
    /// <summary>Static addresses with their prefix lengths.</summary>
    [Description("Static IPv4 and IPv6 addresses with their prefix lengths: 10.0.0.37/24.")]
    public IReadOnlyList<IpCidr> Addresses { get; init; } = [];

    /// <summary>The default route's next hop, in one of the link's own networks.</summary>
    [Description("The next hop of the default route, in one of the networks of addresses. A second one, for IPv6, goes into routes.")]
    public IpAddress? Gateway { get; init; }

    /// <summary>Name servers asked over this link.</summary>
    [Description("Name servers.")]
    public IReadOnlyList<IpAddress> Nameservers { get; init; } = [];

    /// <summary>Domains that are searched for short names.</summary>
    [Description("Domains searched for short names.")]
    public IReadOnlyList<string> SearchDomains { get; init; } = [];

    /// <summary>Whether IPv4 comes by DHCP.</summary>
    [Description("Whether the IPv4 address comes by DHCP.")]
    public bool Dhcp4 { get; init; }

    /// <summary>Whether IPv6 comes by DHCP.</summary>
    [Description("Whether the IPv6 address comes by DHCP.")]
    public bool Dhcp6 { get; init; }

    /// <summary>Further routes.</summary>
    [Description("Further routes.")]
    public IReadOnlyList<RouteSpec> Routes { get; init; } = [];

    /// <summary>The largest packet in bytes; the kernel's default (1500) where left out.</summary>
    [Description("The largest packet, in bytes; 1500 where left out. The bridge's VLAN and NIC get it too.")]
    public int? Mtu { get; init; }
}

/// <summary>One route.</summary>
public sealed record RouteSpec
{
    /// <summary>Where it leads.</summary>
    [Description("default, or a network such as 10.20.0.0/16.")]
    public required RouteDestination To { get; init; }

    /// <summary>The next hop.</summary>
    [Description("The next hop.")]
    public required IpAddress Via { get; init; }

    /// <summary>Its metric: of two routes to the same place the one with the lower metric is taken.</summary>
    [Description("Of two routes to the same place the one with the lower metric is taken.")]
    public int? Metric { get; init; }

    /// <summary>Whether the next hop is on the link although in none of its networks.</summary>
    [Description("The next hop is on the link, although in none of its networks.")]
    public bool OnLink { get; init; }
}

/// <summary>A bridge for guests over a NIC, or over a VLAN on it (walk-through, row 4).</summary>
public record BridgeSpec : AddressingSpec
{
    /// <summary>The NIC.</summary>
    [Description("The NIC the bridge stands on.")]
    public LinkName? Link { get; init; }

    /// <summary>The VLAN on that NIC; without, the bridge takes the NIC itself.</summary>
    [Description("The VLAN on that NIC, 1 to 4094. Without it the bridge takes the NIC itself.")]
    public VlanId? Vlan { get; init; }

    /// <summary>The bridge's name, which guests refer to.</summary>
    [Description("The bridge's name; guests refer to it.")]
    public LinkName? Bridge { get; init; }

    /// <summary>The bridge's MAC address; one made from the machine's ID where left out.</summary>
    [Description("The bridge's MAC address (a DHCP reservation may want the NIC's); one of its own where left out.")]
    public MacAddress? MacAddress { get; init; }

    /// <summary>Whether the bridge speaks the spanning tree protocol. Off where left out.</summary>
    [Description("Whether the bridge speaks the spanning tree protocol; off where left out.")]
    public bool? Stp { get; init; }

    /// <summary>Seconds a port listens and learns before it forwards; 0 is for bridges without spanning tree.</summary>
    [Description("Seconds a port waits before it forwards: 0, or 2 to 30 with stp.")]
    public int? ForwardDelaySeconds { get; init; }
}

/// <summary>A NIC that carries addresses itself and is in no bridge: the one for administration.</summary>
public sealed record NicSpec : AddressingSpec
{
    /// <summary>Its name.</summary>
    [Description("The NIC's name.")]
    public required LinkName Name { get; init; }
}

/// <summary>The host's network: one bridge as it stands here, others in <see cref="Bridges"/>, plain NICs in <see cref="Nics"/>.</summary>
public sealed record NetworkSpec : BridgeSpec
{
    /// <summary>Further bridges.</summary>
    [Description("Further bridges, each with a link, a bridge and what else it needs.")]
    public IReadOnlyList<BridgeSpec> Bridges { get; init; } = [];

    /// <summary>NICs without a bridge.</summary>
    [Description("NICs with addresses of their own and no bridge, such as the one for administration.")]
    public IReadOnlyList<NicSpec> Nics { get; init; } = [];

    /// <summary>
    /// netplan's renderer. Left out on purpose: with an explicit <c>networkd</c> restarting the bridge cut the guests off (walk-through,
    /// row 3); netplan's default is networkd anyway.
    /// </summary>
    [Description("netplan's renderer. Best left out: netplan takes networkd by itself.")]
    public NetplanRenderer? Renderer { get; init; }

    /// <summary>Whether netplan files that hand links to NetworkManager are put aside (walk-through, row 3). They come back on destroy.</summary>
    [Description("Puts netplan files with renderer: NetworkManager aside (Ubuntu Desktop), so that networkd has the NICs; destroy brings them back.")]
    public bool ReleaseFromNetworkManager { get; init; }

    /// <summary>
    /// How long a change of the network stands without being confirmed over a new SSH session, in seconds; then the host takes it back by
    /// itself.
    /// </summary>
    [Description("Seconds a change of the network stands without being confirmed over a new SSH session; then the host takes it back by itself. 30 to 600.")]
    public int ConfirmTimeoutSeconds { get; init; } = 90;

    /// <summary>All bridges with their paths in the spec.</summary>
    internal IEnumerable<(string Path, BridgeSpec Bridge)> AllBridges() =>
    [
        .. Bridge is not null || Link is not null ? [($"{SpecReader.Root}.network", (BridgeSpec)this)] : Array.Empty<(string, BridgeSpec)>(),
        .. Bridges.Select((b, i) => ($"{SpecReader.Root}.network.bridges[{i}]", b)),
    ];

    /// <summary>All plain NICs with their paths in the spec.</summary>
    internal IEnumerable<(string Path, NicSpec Nic)> AllNics() => Nics.Select((n, i) => ($"{SpecReader.Root}.network.nics[{i}]", n));

    /// <summary>Everything that carries addresses: paths in the spec, names, and what they carry.</summary>
    internal IEnumerable<(string Path, string Name, AddressingSpec Link)> AllLinks() =>
        AllBridges().Select(b => (b.Path, b.Bridge.Bridge.ToString() ?? "", (AddressingSpec)b.Bridge))
            .Concat(AllNics().Select(n => (n.Path, n.Nic.Name.ToString(), (AddressingSpec)n.Nic)));

    /// <summary>The name of a bridge's VLAN device: <c>vlan3000</c>, or <c>enp7s0.3000</c> where the same VLAN is taken on two NICs.</summary>
    internal string? VlanName(BridgeSpec bridge) =>
        bridge.Vlan is not { } vlan ? null
        : AllBridges().Where(b => b.Bridge.Vlan == vlan).Select(b => b.Bridge.Link).Distinct().Count() > 1 ? $"{bridge.Link}.{vlan}"
        : $"vlan{vlan}";
}

/// <summary>netplan's renderers.</summary>
public enum NetplanRenderer
{
    /// <summary>systemd-networkd.</summary>
    [System.Text.Json.Serialization.JsonStringEnumMemberName("networkd")]
    Networkd,

    /// <summary>NetworkManager.</summary>
    [System.Text.Json.Serialization.JsonStringEnumMemberName("NetworkManager")]
    NetworkManager,
}
