using PassthroughInfra.Cli.Hosts;
using PassthroughInfra.Component.Assessment;
using PassthroughInfra.Component.Facts;
using PassthroughInfra.Component.Spec;

namespace PassthroughInfra.Cli.Init;

/// <summary>Writes a proposal as a stack file, with the reason for each choice as a comment.</summary>
internal static class StackFileText
{
    /// <summary>The file's text.</summary>
    /// <param name="proposal">What it says.</param>
    /// <param name="project">The project's name, the namespace of the key.</param>
    /// <param name="salt">The salt of the secrets of a file it replaces; null where there is none.</param>
    /// <param name="schema">The JSON Schema that editors check it with, relative to the file; null where there is none.</param>
    public static string Write(Proposal proposal, string project, string? salt = null, string? schema = null)
    {
        var system = proposal.Facts.System;
        var machine = new List<YamlEntry>
        {
            new("connection", Connection(proposal.Connection), HowItIsReached(proposal.Connection)),
            Devices(proposal),
        };
        var siblings = proposal.Cards.SelectMany(c => c.Card.Siblings).Select(s => s.Address).Distinct().ToList();
        if (siblings.Count > 0)
            machine.Add(new("acceptSiblings", siblings.Select(s => s.Brief).ToList(), "They share an IOMMU group with a card above, so the host loses them too."));
        machine.AddRange(Network(proposal));
        machine.AddRange(new GuestProposal(proposal).Entries());
        var root = new List<YamlEntry>
        {
            new("config", new YamlMap([new($"{project}:{SpecReader.Root}", new YamlMap(machine))])),
        };
        if (salt is not null)
            root.Add(new("encryptionsalt", salt));
        return YamlText.Write(
            (schema is null ? "" : $"yaml-language-server: $schema={schema}\n")
            + $"{system.HostName}: {system.Machine}, {system.PrettyName}, Linux {proposal.Facts.Boot.Kernel}.\n"
            + "Proposed by `passthrough init` from a reading of the machine: change what you want otherwise, then look with `preview` (nothing is written) before `up`.",
            new(root));
    }

    private static YamlMap Connection(ConnectionSpec connection)
    {
        var entries = Endpoint(connection);
        if (connection.Proxy is { } proxy)
            entries.Add(new("proxy", new YamlMap(Endpoint(proxy)), "The bastion on the way to it."));
        return new(entries);
    }

    private static List<YamlEntry> Endpoint(EndpointSpec endpoint)
    {
        var entries = new List<YamlEntry> { new("host", endpoint.Host) };
        if (endpoint.Port != 22)
            entries.Add(new("port", endpoint.Port));
        entries.Add(new("user", endpoint.User));
        entries.Add(new("hostKey", endpoint.HostKey!));
        if (endpoint.PrivateKeyFile is { } file)
            entries.Add(new("privateKeyFile", file));
        return entries;
    }

    private static string HowItIsReached(ConnectionSpec connection) =>
        (HostKey.Read(connection.HostKey ?? "") is { } key ? $"Only a machine with this host key is trusted ({key.Fingerprint}). " : "")
        + (connection.PrivateKeyFile is null ? "The login's key is asked of the SSH agent; privateKeyFile names a file instead." : "The key to log in with is in this file; leave it out to ask the SSH agent.");

    private static YamlEntry Devices(Proposal proposal)
    {
        var comment = string.Join('\n', proposal.Cards.Select(c => $"{c.Card.Lead.Address.Brief} {Names.Of(c.Card.Lead)}: {c.Reason}.").Concat(proposal.Omissions));
        var names = new HashSet<string>(StringComparer.Ordinal);
        var devices = proposal.Cards.SelectMany(card => card.Card.Functions.Select(f => new YamlMap(
            [new("name", Names.Device(card.Word, f, f == card.Card.Lead, names)), new("address", f.Address.Brief), new("id", f.Id)],
            Flow: true))).ToList();
        return new("devices", devices, (comment.Length > 0 ? comment + "\n" : "") + (devices.Count > 0 ? "All functions of a card go together; each is bound to vfio-pci at boot." : "No device is given to a guest yet."));
    }

    private static IEnumerable<YamlEntry> Network(Proposal proposal)
    {
        var network = proposal.Network;
        if (network.Link is null)
            yield break;
        var entries = new List<YamlEntry> { new("link", network.Link.Name) };
        if (network.Vlan is { } vlan)
            entries.Add(new("vlan", vlan));
        entries.Add(new("bridge", network.Bridge));
        if (network.Addresses.Count > 0)
            entries.Add(new("addresses", network.Addresses));
        if (network.Gateway is { } gateway)
            entries.Add(new("gateway", gateway));
        if (proposal.Facts.Services.IsActive("NetworkManager"))
            entries.Add(new("releaseFromNetworkManager", true));
        if (network.Session is { } session)
            entries.Add(new("nics", new[] { new YamlMap(Nic(proposal.Facts.Network, session), Flow: true) }));
        yield return new("network", new YamlMap(entries), $"A bridge for guests: {network.Reason}.");
    }

    private static List<YamlEntry> Nic(NetworkFacts network, LinkFacts nic)
    {
        var entries = new List<YamlEntry> { new("name", nic.Name), new("addresses", nic.Addresses.Where(NetworkProposal.IsStatic).ToList()) };
        if (NetworkProposal.GatewayOf(network, nic) is { } gateway)
            entries.Add(new("gateway", gateway));
        return entries;
    }
}

/// <summary>What things are called in a stack file.</summary>
internal static class Names
{
    /// <summary>What pci.ids calls a function, or its ID.</summary>
    public static string Of(PciFacts function) => function.Name.Length > 0 ? function.Name : $"[{function.Id}]";

    /// <summary>A name for a device that is not taken yet: <c>gpu</c>, <c>gpu-audio</c>, <c>usb-2</c>.</summary>
    public static string Device(string word, PciFacts function, bool lead, HashSet<string> taken)
    {
        var name = lead ? word : $"{word}-{Part(function)}";
        for (var i = 2; !taken.Add(name); i++)
            name = $"{(lead ? word : $"{word}-{Part(function)}")}-{i}";
        return name;
    }

    private static string Part(PciFacts function) => function.Class switch
    {
        var c when c.StartsWith("04", StringComparison.Ordinal) => "audio",
        var c when c.StartsWith("0c03", StringComparison.Ordinal) => "usb",
        var c when c.StartsWith("0c80", StringComparison.Ordinal) => "ucsi",
        _ => PciClass.Word(function).Split(' ')[0].ToLowerInvariant(),
    };
}
