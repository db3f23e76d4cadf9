using Pulumi.Command.Remote.Inputs;

namespace Pulumi.Command.Remote;

/// <summary>Arguments of a <see cref="CopyToRemote"/>.</summary>
public sealed class CopyToRemoteArgs : ResourceArgs
{
    [Input("triggers")]
    private InputList<object>? _triggers;

    [Input("connection", required: true)]
    private Input<ConnectionArgs>? _connection;

    public CopyToRemoteArgs()
    {
    }

    public static new CopyToRemoteArgs Empty => new();

    /// <summary>How the machine is reached. Kept secret as a whole.</summary>
    public Input<ConnectionArgs>? Connection
    {
        get => _connection;
        set => _connection = Output.CreateSecret(value.ToOutput());
    }

    /// <summary>Where to; what is in the way of a file is overwritten.</summary>
    [Input("remotePath", required: true)]
    public Input<string> RemotePath { get; set; } = null!;

    /// <summary>A file or a directory on the machine that runs the engine.</summary>
    [Input("source", required: true)]
    public Input<AssetOrArchive> Source { get; set; } = null!;

    /// <summary>Values whose changes replace the resource.</summary>
    public InputList<object> Triggers
    {
        get => _triggers ??= [];
        set => _triggers = value;
    }
}
