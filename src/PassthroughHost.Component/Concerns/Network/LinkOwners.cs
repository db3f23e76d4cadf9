using PassthroughInfra.Component.Facts;
using PassthroughInfra.Component.Spec;
using YamlDotNet.RepresentationModel;

namespace PassthroughInfra.Component.Concerns.Network;

/// <summary>Who sets a link up.</summary>
internal enum LinkOwner
{
    /// <summary>It is not there, or networkd's file for it was not read.</summary>
    Unknown,

    /// <summary>Nobody's file: a DHCP client, a person, or nobody at all.</summary>
    Nobody,

    /// <summary>A file of ifupdown's.</summary>
    Ifupdown,

    /// <summary>A file of systemd-networkd's own.</summary>
    Networkd,

    /// <summary>A file of netplan's that stays.</summary>
    Netplan,

    /// <summary>This project's own file of netplan's, and none that stays.</summary>
    Own,

    /// <summary>Files of netplan's that this stack puts aside, and no other.</summary>
    PutAside,

    /// <summary>NetworkManager.</summary>
    NetworkManager,
}

/// <summary>Who sets up which link of the host, where a stack puts some files of netplan's aside (<see cref="NetworkSpec.ReleaseFromNetworkManager"/>).</summary>
internal sealed class LinkOwners
{
    private const string Netplans = "10-netplan-";

    private readonly HostFacts _facts;

    /// <summary>Of a host.</summary>
    public LinkOwners(NetworkSpec network, HostFacts facts)
    {
        _facts = facts;
        Interfaces = InterfacesFiles.Of(facts);
        Staying = [.. NetplanFile.Others(facts).Where(f => !network.ReleaseFromNetworkManager || !NetplanFile.UsesNetworkManager(f))];
    }

    /// <summary>What ifupdown's files say.</summary>
    public InterfacesFiles Interfaces { get; }

    /// <summary>The files of netplan's that stay beside this project's own.</summary>
    public IReadOnlyList<FileFacts> Staying { get; }

    /// <summary>Of one link.</summary>
    public LinkOwner Of(string name) => Interfaces.SetsUp(name) is not null ? LinkOwner.Ifupdown : BesideIfupdown(name);

    /// <summary>
    /// Of one link, whatever ifupdown's files say of it. networkd names the file that it uses; netplan's for it is 10-netplan-ID.network, with the ID that netplan's
    /// files define it by, which is the link's name if nothing else matches it. Source: netplan's networkd.c.
    /// </summary>
    public LinkOwner BesideIfupdown(string name) => _facts.Network.Links.FirstOrDefault(l => l.Name == name)?.NetworkFile switch
    {
        null => LinkOwner.Unknown,
        { Length: > 0 } file when NetplansId(file) is { } id =>
            IsIn(Staying, id) ? LinkOwner.Netplan : IsIn([_facts.File(NetplanFile.Path)], id) ? LinkOwner.Own : LinkOwner.PutAside,
        { Length: > 0 } => LinkOwner.Networkd,
        _ when _facts.Services.IsActive("NetworkManager") => LinkOwner.NetworkManager,
        _ => IsIn(NetplanFile.Others(_facts), name) ? LinkOwner.Netplan : LinkOwner.Nobody,
    };

    /// <summary>
    /// Whether netplan makes a link a port of what has it now: by a file that stays, which netplan merges with the definition here; or by this project's own, of
    /// which the port is taken out as the stack says.
    /// </summary>
    public bool IsNetplansPort(LinkFacts link) => Staying
        .Append(_facts.File(NetplanFile.Path))
        .SelectMany(NetplanFile.Defines)
        .Any(d => d.Name == link.Master && NetplanFile.Child(d.Definition, "interfaces") is YamlSequenceNode ports
            && ports.Children.OfType<YamlScalarNode>().Any(p => p.Value == link.Name));

    private static string? NetplansId(string file) =>
        Path.GetFileNameWithoutExtension(file) is { } name && name.StartsWith(Netplans, StringComparison.Ordinal) ? name[Netplans.Length..] : null;

    private static bool IsIn(IEnumerable<FileFacts> files, string name) => files.SelectMany(NetplanFile.Defines).Any(d => d.Name == name);
}
