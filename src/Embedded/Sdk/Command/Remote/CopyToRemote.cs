using System.Collections.Immutable;
using Pulumi.Command.Remote.Outputs;

namespace Pulumi.Command.Remote;

/// <summary>A file or a directory copied over SSH. Deleting the resource leaves the copy.</summary>
[ResourceType(Token, CommandPackage.Version)]
public class CopyToRemote : CustomResource
{
    private const string Token = "command:remote:CopyToRemote";

    public CopyToRemote(string name, CopyToRemoteArgs args, CustomResourceOptions? options = null)
        : base(
            Token,
            name,
            args ?? new CopyToRemoteArgs(),
            CommandPackage.Defaults.For(options, "", [CommandPackage.Connection], [CommandPackage.Triggers]))
    {
    }

    private CopyToRemote(string name, Input<string> id, CustomResourceOptions? options)
        : base(
            Token,
            name,
            null,
            CommandPackage.Defaults.For(options, id, [CommandPackage.Connection], [CommandPackage.Triggers]))
    {
    }

    [Output("connection")]
    public Output<Connection> Connection { get; private set; } = null!;

    [Output("remotePath")]
    public Output<string> RemotePath { get; private set; } = null!;

    [Output("source")]
    public Output<AssetOrArchive> Source { get; private set; } = null!;

    [Output("triggers")]
    public Output<ImmutableArray<object>> Triggers { get; private set; } = null!;

    /// <summary>The existing resource of an id.</summary>
    public static CopyToRemote Get(string name, Input<string> id, CustomResourceOptions? options = null) => new(name, id, options);
}
