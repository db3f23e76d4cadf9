using PassthroughInfra.Component.Facts;
using PassthroughInfra.Component.Planning;
using PassthroughInfra.Component.Spec;
using YamlDotNet.RepresentationModel;

namespace PassthroughInfra.Component.Concerns.Network;

/// <summary>What a machine says to the network that is wanted of it.</summary>
internal static class NetworkChecks
{
    private const string Root = SpecReader.Root + ".network";

    private const string Resolved = "systemd-resolved";

    /// <summary>Everything that was found.</summary>
    public static IEnumerable<Finding> Check(MachineSpec spec, NetworkSpec network, HostFacts facts, LinkOwners owners) =>
    [
        .. Tools(spec, facts),
        .. TakenBack(facts),
        .. network.AllBridges().SelectMany(b => Link(b.Bridge.Link!.Value, $"{b.Path}.link", spec, facts, owners)),
        .. network.AllNics().SelectMany(n => Link(n.Nic.Name, $"{n.Path}.name", spec, facts, owners)),
        .. Session(network, facts),
        .. Overlaps(network, facts, owners),
        .. NetworkManager(network, facts, owners),
        .. OtherFiles(network, owners),
        .. Ifupdown(network, owners.Interfaces),
        .. Nameservers(network, facts),
    ];

    // netplan hands them to systemd-networkd, which hands them to systemd-resolved and to nobody else; Debian does not install that. Source: systemd.network(5), DNS=.
    private static IEnumerable<Finding> Nameservers(NetworkSpec network, HostFacts facts)
    {
        if (network.Renderer != NetplanRenderer.NetworkManager && network.AllLinks().Any(l => l.Link.Nameservers.Count > 0)
            && facts.Services.States.ContainsKey(Resolved) && !facts.Services.IsActive(Resolved))
        {
            yield return new(
                Severity.Warning,
                $"{Root}.nameservers",
                "systemd-resolved does not run on the host, and nothing else takes nameservers from netplan",
                facts.System.Distribution == "debian"
                    ? "write packages: { extra: [systemd-resolved] }, which takes /etc/resolv.conf over; or leave nameservers out and keep /etc/resolv.conf by hand"
                    : "enable it (systemctl enable --now systemd-resolved), or leave nameservers out and keep /etc/resolv.conf by hand");
        }
    }

    private static IEnumerable<Finding> Tools(MachineSpec spec, HostFacts facts)
    {
        if (!facts.System.Tools.Contains("netplan") && !spec.Packages.Manage)
        {
            yield return new(Severity.Error, Root, "netplan is not installed", "install netplan.io, or let packages be managed (packages.manage: true)");
        }

        if (!facts.System.Tools.Contains("systemd-run"))
        {
            yield return new(Severity.Error, Root, "the host has no systemd", "without its timers a change that cuts the connection could not be taken back; leave network out");
        }
    }

    private static IEnumerable<Finding> TakenBack(HostFacts facts)
    {
        var undone = facts.File(NetworkConcern.UndoneNote);
        if (undone.Kind == FileKind.Regular)
        {
            yield return new(Severity.Warning, Root, $"the host took its last change of the network back: {undone.Content.Trim()}", "mend what kept it from being reached (VLAN at the switch, address, gateway) before updating again");
        }
        else if (facts.File(NetworkConcern.PendingNote).Kind == FileKind.Regular)
        {
            yield return new(Severity.Warning, Root, "a change of the network waits for its confirmation", "the next update confirms it; without one the host takes it back by itself");
        }
    }

    private static IEnumerable<Finding> Link(LinkName name, string path, MachineSpec spec, HostFacts facts, LinkOwners owners)
    {
        var link = facts.Network.Links.FirstOrDefault(l => l.Name == name.ToString());
        if (link is null)
        {
            var there = facts.Network.Links.Where(l => l.Pci is not null).Select(l => $"{l.Name} ({l.Pci!.Value.Brief}, {l.Mac})").ToList();
            yield return new(Severity.Error, path, $"there is no link {name}", there.Count == 0 ? "the host shows no NIC at all: see lspci -nnk" : $"its NICs are {string.Join(", ", there)}");
        }
        else if (link.Kind is "bridge" or "vlan")
        {
            yield return new(Severity.Error, path, $"{name} is a {link.Kind}, not a NIC", "name the NIC itself; VLANs and bridges are made from vlan and bridge");
        }
        else if (link.Master.Length > 0 && !spec.Network!.AllBridges().Any(b => b.Bridge.Bridge.ToString() == link.Master) && !owners.IsNetplansPort(link))
        {
            yield return new(
                Severity.Error,
                path,
                $"{name} is a port of {link.Master}, which netplan's files do not say",
                $"netplan would take it out of {link.Master}, with all that is reached over that: use another NIC; or leave this out, and name {link.Master} in the guests' interfaces (guests[].interfaces[].bridge)");
        }
        else if (link.Pci is { } address && spec.Devices.FirstOrDefault(d => d.Address == address) is { } device)
        {
            yield return new(Severity.Error, path, $"{name} ({address.Brief}) is the device {device.Name}, which is given to a guest", "use another NIC, or take the device out of devices");
        }
    }

    // The NIC below the present SSH session.
    private static IEnumerable<Finding> Session(NetworkSpec network, HostFacts facts)
    {
        if (facts.Network.SshLink is not { } session)
        {
            yield break;
        }

        var below = facts.Network.Below(session).Select(l => l.Name).ToHashSet(StringComparer.Ordinal);
        var guard = $"the change is confirmed over a new SSH session; where none comes within {network.ConfirmTimeoutSeconds} seconds, the host takes it back by itself";
        foreach (var (path, bridge) in network.AllBridges().Where(b => below.Contains(b.Bridge.Link.ToString()!) && !below.Contains(b.Bridge.Bridge.ToString()!)))
        {
            if (bridge.Vlan is not null)
            {
                yield return new(Severity.Info, $"{path}.link", $"{bridge.Link} carries this SSH connection; VLAN {bridge.Vlan} is put beside it and its untagged traffic is left as it is", guard);
                continue;
            }

            var kept = bridge.Dhcp4 || bridge.Dhcp6 || bridge.Addresses.Any(a => a.Address.ToString() == facts.Network.SshServerAddress);
            yield return new(
                Severity.Warning,
                $"{path}.link",
                $"{bridge.Link} carries this SSH connection, and {bridge.Bridge} takes it{(kept ? "" : $"; the address it answers on, {facts.Network.SshServerAddress}, is not among the bridge's")}",
                kept ? guard : $"add that address to the bridge, or expect to be cut off: {guard}");
        }
    }

    private static IEnumerable<Finding> Overlaps(NetworkSpec network, HostFacts facts, LinkOwners owners)
    {
        var ours = network.AllLinks().ToList();
        string[] changed = ["lo", .. ours.Select(o => o.Name), .. network.AllBridges().Where(b => b.Bridge.Vlan is null).Select(b => b.Bridge.Link.ToString()!)];
        // A link that this stack drops loses what this project's own file gives it.
        var former = NetplanFile.Defines(facts.File(NetplanFile.Path)).ToList();
        foreach (var (path, name, spec) in ours)
        {
            foreach (var link in facts.Network.Links.Where(l => !changed.Contains(l.Name)))
            {
                foreach (var text in link.Addresses.Where(a => !former.Any(f => f.Name == link.Name && Gives(f.Definition, a) && !owners.Staying.SelectMany(NetplanFile.Defines).Any(d => d.Name == link.Name))))
                {
                    if (IpCidr.TryRead(text, out var live) && spec.Addresses.FirstOrDefault(a => a.Overlaps(live)) is { PrefixLength: > 0 } wanted)
                    {
                        yield return new(Severity.Warning, $"{path}.addresses", $"{wanted} is in the same network as {live} on {link.Name}", $"the host would answer over the wrong one of {name} and {link.Name}; take one of the two addresses away");
                    }
                }
            }
        }

        static bool Gives(YamlMappingNode definition, string address) =>
            (NetplanFile.Child(definition, "addresses") is YamlSequenceNode addresses && addresses.Children.OfType<YamlScalarNode>().Any(a => a.Value == address))
            || NetplanFile.Child(definition, address.Contains(':') ? "dhcp6" : "dhcp4") is YamlScalarNode { Value: "true" };
    }

    private static IEnumerable<Finding> NetworkManager(NetworkSpec network, HostFacts facts, LinkOwners owners)
    {
        var files = NetplanFile.Others(facts).Where(NetplanFile.UsesNetworkManager).Select(f => f.Path).ToList();
        if (network.Renderer == NetplanRenderer.Networkd)
        {
            yield return new(Severity.Warning, $"{Root}.renderer", "with an explicit renderer: networkd, restarting the bridge cut guests off", "leave renderer out: netplan takes networkd by itself (walk-through, row 3)");
        }

        if (network.Renderer == NetplanRenderer.NetworkManager || !facts.Services.IsActive("NetworkManager"))
        {
            yield break;
        }

        if (!network.ReleaseFromNetworkManager)
        {
            if (files.Count > 0)
            {
                yield return new(Severity.Warning, Root, $"NetworkManager has the NICs ({string.Join(", ", files)}), and would have the bridge too", "set releaseFromNetworkManager: true to put that aside (destroy brings it back), or renderer: NetworkManager");
            }

            yield break;
        }

        var session = facts.Network.SshLink;
        var covered = network.AllLinks().Select(l => l.Name).Concat(network.AllBridges().Where(b => b.Bridge.Vlan is null).Select(b => b.Bridge.Link.ToString()!)).ToHashSet(StringComparer.Ordinal);
        if (files.Count > 0 && session is not null && !StaysUp(session, owners) && !facts.Network.Below(session).Any(l => covered.Contains(l.Name)))
        {
            var address = session.Addresses.FirstOrDefault(a => !a.Contains(':')) ?? "…";
            var (whose, remedy) = owners.Interfaces.SetsUp(session.Name) is { } stanza
                ? ($"is set up by ifupdown only when somebody asks for it ({stanza.Place})", $"write `auto {session.Name}` above that line")
                : (owners.Of(session.Name) switch
                {
                    LinkOwner.PutAside => $"is set up by what is put aside ({string.Join(", ", files)})",
                    LinkOwner.Own => "is set up by what this stack has said so far",
                    _ => "is NetworkManager's",
                }, $"add it: nics: [{{ name: {session.Name}, addresses: [{address}] }}], or dhcp4: true");
            yield return new(
                Severity.Warning,
                $"{Root}.releaseFromNetworkManager",
                $"{session.Name} carries this SSH connection and {whose}; once released, nothing would set it up after a reboot",
                remedy);
        }
    }

    // Whether somebody else than NetworkManager, and than files that are put aside, sets it up at a boot. ifupdown does what is marked for it.
    private static bool StaysUp(LinkFacts link, LinkOwners owners) =>
        owners.BesideIfupdown(link.Name) is LinkOwner.Networkd or LinkOwner.Netplan || (owners.Interfaces.SetsUp(link.Name) is not null && owners.Interfaces.StartsAtBoot(link.Name));

    private static IEnumerable<Finding> OtherFiles(NetworkSpec network, LinkOwners owners)
    {
        var made = network.AllBridges().SelectMany(b => new[] { b.Bridge.Bridge.ToString()!, network.VlanName(b.Bridge) }).OfType<string>().ToHashSet(StringComparer.Ordinal);
        var ports = network.AllBridges().Where(b => b.Bridge.Vlan is null).Select(b => b.Bridge.Link.ToString()!).ToHashSet(StringComparer.Ordinal);
        foreach (var file in owners.Staying)
        {
            foreach (var (name, definition) in NetplanFile.Defines(file))
            {
                if (made.Contains(name))
                {
                    yield return new(Severity.Warning, Root, $"{file.Path} defines {name} too", "netplan merges the two, addresses and routes of both; take it out of that file");
                }
                else if (ports.Contains(name) && NetplanFile.Child(definition, "addresses") is YamlSequenceNode { Children.Count: > 0 } addresses)
                {
                    yield return new(Severity.Warning, Root, $"{file.Path} gives {name} the address {string.Join(", ", addresses.Children)}, and {name} is to be a bridge's port", "netplan merges the two and the port would keep it; take it out of that file");
                }
            }
        }
    }

    // ifupdown and netplan on one link undo each other's work. A NIC that only carries VLANs stays ifupdown's: NetplanFile.
    private static IEnumerable<Finding> Ifupdown(NetworkSpec network, InterfacesFiles interfaces)
    {
        foreach (var (place, line) in interfaces.NotRead)
        {
            yield return new(
                Severity.Error,
                Root,
                $"ifupdown reads more than was read here ({place}: {line}), and what it does with the NICs is not known",
                $"move those files into {InterfacesFiles.Others[..^2]} and source them from {InterfacesFiles.Path}; or leave network out");
        }

        foreach (var (path, bridge) in network.AllBridges())
        {
            foreach (var made in new[] { bridge.Bridge.ToString(), network.VlanName(bridge) }.OfType<string>())
            {
                if (interfaces.Defines(made) is { } defined)
                {
                    yield return new(
                        Severity.Error,
                        $"{path}.bridge",
                        $"ifupdown makes {made} ({defined.Place})",
                        $"leave it out of network: guests can be on {made} as it is (guests[].interfaces[].bridge); or take its lines out there");
                }
            }

            var link = bridge.Link.ToString()!;
            if (interfaces.BridgeOver(link) is { } over)
            {
                yield return new(
                    Severity.Error,
                    $"{path}.link",
                    $"ifupdown makes {link} a port of {over.Name} ({over.Place})",
                    "use another NIC; or leave this bridge out, and name that one in the guests' interfaces");
            }
            else if (bridge.Vlan is null && interfaces.SetsUp(link) is { } port)
            {
                yield return TwoOwners(
                    $"{path}.link",
                    $"{link} is to be a port of {bridge.Bridge}, and ifupdown sets it up ({port.Place}): the port would keep its address",
                    link,
                    port,
                    bridge.Bridge.ToString()!);
            }
            else if (bridge.Vlan is not null && network.Nics.All(n => n.Name != bridge.Link) && interfaces.SetsUp(link) is { } parent)
            {
                yield return new(
                    Severity.Info,
                    $"{path}.link",
                    $"ifupdown sets {link} up ({parent.Place}) and goes on to: VLAN {bridge.Vlan} is put beside it",
                    "netplan is told to keep the addresses that it finds there (critical: true)");
            }
        }

        foreach (var (path, nic) in network.AllNics())
        {
            if (interfaces.SetsUp(nic.Name.ToString()) is { } stanza)
            {
                yield return TwoOwners($"{path}.name", $"ifupdown sets {nic.Name} up ({stanza.Place})", nic.Name.ToString(), stanza, nic.Name.ToString());
            }
        }
    }

    private static Finding TwoOwners(string path, string what, string link, InterfaceStanza stanza, string carrier) => new(
        Severity.Error,
        path,
        what,
        (stanza.Name == link
            ? $"make that line `iface {link} {stanza.Family} manual`, without the lines below it,"
            : $"write lines of their own for the other NICs that this one is for, and in its place `iface {link} {stanza.Family} manual`,")
        + $" and give {carrier} its addresses here (addresses, or dhcp4: true); update before the host is rebooted, for until then nothing sets the NIC up at a boot;"
        + " give the line its words back before `destroy`");
}
