
namespace PassthroughInfra.Component.Facts;

/// <summary>Links, addresses and the path of the session that read them.</summary>
public sealed record NetworkFacts
{
    /// <summary>Links.</summary>
    public IReadOnlyList<LinkFacts> Links { get; init; } = [];

    /// <summary>Default routes.</summary>
    public IReadOnlyList<RouteFacts> DefaultRoutes { get; init; } = [];

    /// <summary>The machine's own address in the SSH session; empty where not known.</summary>
    public string SshServerAddress { get; init; } = "";

    /// <summary>The other end's address in the SSH session, as this machine sees it; empty where not known.</summary>
    public string SshClientAddress { get; init; } = "";

    /// <summary>The link that the answers to that end leave by; empty where not known.</summary>
    public string SshRoute { get; init; } = "";

    /// <summary>Where the other ends of WireGuard links are.</summary>
    public IReadOnlyList<TunnelFacts> Tunnels { get; init; } = [];

    /// <summary>The ports that running guests have in bridges, as libvirt made them; where a port is now, its link says.</summary>
    public IReadOnlyList<GuestPortFacts> GuestPorts { get; init; } = [];

    /// <summary>The link of the SSH session: the one its answers leave by, else the one with its address; null where not known.</summary>
    public LinkFacts? SshLink =>
        SshServerAddress.Length == 0 ? null
        : Links.FirstOrDefault(l => l.Name == SshRoute && l.Name != "lo") ?? Links.FirstOrDefault(l => l.Name != "lo" && l.Addresses.Any(a => a.Split('/')[0] == SshServerAddress));

    /// <summary>What carries the SSH session.</summary>
    public SshPath SshPath => SshPath.Of(this);

    /// <summary>A link and everything below it: the bridge, its VLAN, the NIC.</summary>
    public IEnumerable<LinkFacts> Below(LinkFacts link) =>
        Links.Where(l => l.Master == link.Name || link.Lower.Contains(l.Name)).SelectMany(Below).Prepend(link).DistinctBy(l => l.Name);
}

/// <summary>One network link.</summary>
public sealed record LinkFacts
{
    /// <summary>Its name.</summary>
    public required string Name { get; init; }

    /// <summary>Its MAC address.</summary>
    public string Mac { get; init; } = "";

    /// <summary>Its operational state: <c>up</c>, <c>down</c>…</summary>
    public string State { get; init; } = "";

    /// <summary>Whether it is switched on (IFF_UP), with or without a carrier.</summary>
    public bool Enabled { get; init; } = true;

    /// <summary>Its MTU in bytes.</summary>
    public int Mtu { get; init; }

    /// <summary>The PCI function behind it.</summary>
    public PciAddress? Pci { get; init; }

    /// <summary>The bridge it belongs to; empty where none.</summary>
    public string Master { get; init; } = "";

    /// <summary>As the kernel calls it: <c>bridge</c>, <c>vlan</c>, <c>bond</c>, <c>tun</c>, <c>wireguard</c>, <c>openvswitch</c> …; empty for a plain one.</summary>
    public string Kind { get; init; } = "";

    /// <summary>Whether a device is behind it, on PCI or another bus; null where that was not read.</summary>
    public bool? IsHardware { get; init; }

    /// <summary>The file by which systemd-networkd sets it up, netplan's own among them; empty where it leaves the link to others, or does not run; null where that was not read.</summary>
    public string? NetworkFile { get; init; }

    /// <summary>The links it stands on.</summary>
    public IReadOnlyList<string> Lower { get; init; } = [];

    /// <summary>Its VLAN ID, where it is a VLAN.</summary>
    public int? VlanId { get; init; }

    /// <summary>Its addresses with prefix length, without link-local ones.</summary>
    public IReadOnlyList<string> Addresses { get; init; } = [];
}

/// <summary>A default route.</summary>
/// <param name="Link">The link it leaves by.</param>
/// <param name="Via">The gateway.</param>
public sealed record RouteFacts(string Link, string Via);

/// <summary>Where the other end of a tunnel is.</summary>
/// <param name="Link">The tunnel's link.</param>
/// <param name="Endpoint">The other end's address.</param>
/// <param name="Via">The link that leads there.</param>
public sealed record TunnelFacts(string Link, string Endpoint, string Via);

/// <summary>A port of a running guest.</summary>
/// <param name="Bridge">The bridge it belongs to.</param>
/// <param name="Name">The port's link.</param>
/// <param name="Guest">The guest.</param>
public sealed record GuestPortFacts(string Bridge, string Name, string Guest);
