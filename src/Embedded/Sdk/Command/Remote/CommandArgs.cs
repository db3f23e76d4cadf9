using Pulumi.Command.Remote.Inputs;

namespace Pulumi.Command.Remote;

/// <summary>Arguments of a <see cref="Command"/>.</summary>
public sealed class CommandArgs : ResourceArgs
{
    [Input("environment")]
    private InputMap<string>? _environment;

    [Input("triggers")]
    private InputList<object>? _triggers;

    [Input("connection", required: true)]
    private Input<ConnectionArgs>? _connection;

    public CommandArgs()
    {
    }

    public static new CommandArgs Empty => new();

    /// <summary>Whether a run finds the output of the one before it in its environment; unset is true.</summary>
    [Input("addPreviousOutputInEnv")]
    public Input<bool>? AddPreviousOutputInEnv { get; set; }

    /// <summary>How the machine is reached. Kept secret as a whole.</summary>
    public Input<ConnectionArgs>? Connection
    {
        get => _connection;
        set => _connection = Output.CreateSecret(value.ToOutput());
    }

    /// <summary>Run when the resource is made.</summary>
    [Input("create")]
    public Input<string>? Create { get; set; }

    /// <summary>Run when the resource is deleted.</summary>
    [Input("delete")]
    public Input<string>? Delete { get; set; }

    /// <summary>Environment of the command. A stock SSH server refuses it.</summary>
    public InputMap<string> Environment
    {
        get => _environment ??= [];
        set => _environment = value;
    }

    /// <summary>Which streams are shown; unset, both.</summary>
    [Input("logging")]
    public Input<Logging>? Logging { get; set; }

    /// <summary>The standard input of every run.</summary>
    [Input("stdin")]
    public Input<string>? Stdin { get; set; }

    /// <summary>Values whose changes replace the resource.</summary>
    public InputList<object> Triggers
    {
        get => _triggers ??= [];
        set => _triggers = value;
    }

    /// <summary>Run when the resource is changed; unset, <see cref="Create"/> is.</summary>
    [Input("update")]
    public Input<string>? Update { get; set; }
}
