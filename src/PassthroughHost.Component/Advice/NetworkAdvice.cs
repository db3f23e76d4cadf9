using PassthroughInfra.Component.Facts;
using PassthroughInfra.Component.Spec;

namespace PassthroughInfra.Component.Advice;

/// <summary>The bridge for guests that a machine's network suggests.</summary>
/// <param name="Link">The NIC it is put on; null where none is proposed.</param>
/// <param name="Vlan">The VLAN on that NIC; null for the NIC itself.</param>
/// <param name="Bridge">The bridge's name; without a link, the one that is there already; empty where there is none.</param>
/// <param name="Addresses">The addresses that move from the NIC to the bridge.</param>
/// <param name="Gateway">The default route that moves with them; null where none does.</param>
/// <param name="Session">The NIC of the SSH connection that must be named too, because NetworkManager lets go of it; null where none.</param>
/// <param name="Reason">Why this, or why none.</param>
public sealed record NetworkAdvice(LinkFacts? Link, int? Vlan, string Bridge, IReadOnlyList<string> Addresses, string? Gateway, LinkFacts? Session, string Reason)
{
    /// <summary>Makes it.</summary>
    /// <param name="facts">The reading.</param>
    /// <param name="choice">The NIC, with a VLAN after a colon; <c>none</c>; null where it is left to the proposal.</param>
    /// <param name="taken">PCI functions that go to the guest.</param>
    /// <exception cref="ChoiceException">There is no such NIC, or its VLAN is none.</exception>
    public static NetworkAdvice Make(HostFacts facts, string? choice, IReadOnlyCollection<PciAddress> taken)
    {
        var network = facts.Network;
        var nics = Bridgeable(facts).Where(l => !taken.Contains(l.Pci!.Value)).ToList();
        if (choice == AdviceChoices.None)
        {
            return Left("you want it left alone");
        }

        if (choice is not null)
        {
            return Named(facts, choice, nics);
        }

        if (network.Links.FirstOrDefault(l => l.Kind == "bridge" && network.Links.Any(m => m.Master == l.Name && m.Pci is not null)) is { } bridge)
        {
            return new(null, null, bridge.Name, [], null, null, $"the machine has the bridge {bridge.Name} already");
        }

        if (facts.Services.IsActive("NetworkManager"))
        {
            return Left("NetworkManager has the NICs; --bridge NIC (or NIC:VLAN) proposes a bridge that takes them over");
        }

        // A NIC on USB comes and goes, and many are a management controller's own.
        var session = network.SshLink is { } link ? network.Below(link).Select(l => l.Name).ToHashSet(StringComparer.Ordinal) : [];
        var free = nics.Where(l => facts.Device(l.Pci!.Value)?.Class.StartsWith("0200", StringComparison.Ordinal) == true && l.Addresses.Count == 0 && l.Master.Length == 0 && !session.Contains(l.Name)).OrderByDescending(l => l.State == "up").ThenBy(l => l.Name, StringComparer.Ordinal).FirstOrDefault();
        return free is not null
            ? new(free, null, FreeName(network, null), [], null, null, $"{free.Name} ({free.Pci!.Value.Brief}) carries no address and not this SSH connection, so a bridge on it takes nothing away{(free.State == "down" ? "; no cable is in it now" : "")}")
            : Left("every NIC is in use; --bridge NIC (or NIC:VLAN) proposes a bridge all the same, and a change that cuts the connection is taken back by the host itself");
    }

    /// <summary>The NICs that can be a bridge's port: a wireless one cannot, its access point takes frames from its own address alone.</summary>
    public static IEnumerable<LinkFacts> Bridgeable(HostFacts facts) =>
        facts.Network.Links.Where(l => l.Pci is { } pci && facts.Device(pci)?.Class.StartsWith("0280", StringComparison.Ordinal) != true);

    private static NetworkAdvice Named(HostFacts facts, string choice, List<LinkFacts> nics)
    {
        var parts = choice.Split(':');
        var nic = nics.FirstOrDefault(l => l.Name == parts[0])
            ?? throw new ChoiceException($"--bridge: there is no wired NIC \"{parts[0]}\" that stays with the host; there are {string.Join(", ", nics.Select(l => l.Name))}.");
        if (parts.Length > 2)
        {
            throw new ChoiceException($"--bridge: \"{choice}\" is not NIC or NIC:VLAN.");
        }

        VlanId vlan = default;
        if (parts.Length == 2 && !VlanId.TryRead(parts[1], out vlan))
        {
            throw new ChoiceException($"--bridge: \"{parts[1]}\" is not {VlanId.Expected}.");
        }

        int? number = parts.Length == 2 ? vlan.Number : null;
        var moves = number is null;
        var session = facts.Network.SshLink;
        var carries = session is not null && facts.Network.Below(session).Any(l => l.Name == nic.Name);
        var managed = facts.Services.IsActive("NetworkManager");
        var named = managed && !(carries && moves) ? session : null;
        return new(
            nic,
            number,
            FreeName(facts.Network, number),
            moves ? [.. nic.Addresses.Where(IsStatic)] : [],
            moves ? GatewayOf(facts.Network, nic) : null,
            named,
            "you named the NIC"
            + (carries && moves ? "; it carries this SSH connection, so its present addresses move to the bridge: write dhcp4: true instead where they come by DHCP" : "")
            + (managed ? $"; NetworkManager lets go of all NICs{(named is null ? "" : ", so the one of this SSH connection is named as well, with its present addresses")}" : "")
            + (carries && moves || named is not null ? "; add nameservers (resolvectl shows them)" : ""));
    }

    /// <summary>The gateway of the default route over a link, where one of its addresses reaches it.</summary>
    public static string? GatewayOf(NetworkFacts network, LinkFacts link) =>
        network.DefaultRoutes.FirstOrDefault(r => r.Link == link.Name && IpAddress.TryRead(r.Via, out var via)
            && link.Addresses.Any(a => IpCidr.TryRead(a, out var own) && own.Network.Contains(via.Value)))?.Via;

    /// <summary>Whether an address was set by hand or by DHCP: those that routers hand out (SLAAC) come back by themselves.</summary>
    public static bool IsStatic(string address) => !address.Contains(':');

    private static string FreeName(NetworkFacts network, int? vlan)
    {
        var name = $"br{vlan ?? 0}";
        for (var i = 1; vlan is null && network.Links.Any(l => l.Name == name); i++)
        {
            name = $"br{i}";
        }

        return name;
    }

    private static NetworkAdvice Left(string reason) => new(null, null, "", [], null, null, reason);
}
