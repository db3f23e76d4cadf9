using System.Collections.Immutable;
using Pulumi.Command.Remote.Outputs;

namespace Pulumi.Command.Remote;

/// <summary>Commands run over SSH when the resource is made, changed and deleted.</summary>
[ResourceType(Token, CommandPackage.Version)]
public class Command : CustomResource
{
    private const string Token = "command:remote:Command";

    public Command(string name, CommandArgs args, CustomResourceOptions? options = null)
        : base(
            Token,
            name,
            args ?? new CommandArgs(),
            CommandPackage.Defaults.For(options, "", [CommandPackage.Connection], [CommandPackage.Triggers]))
    {
    }

    private Command(string name, Input<string> id, CustomResourceOptions? options)
        : base(
            Token,
            name,
            null,
            CommandPackage.Defaults.For(options, id, [CommandPackage.Connection], [CommandPackage.Triggers]))
    {
    }

    [Output("addPreviousOutputInEnv")]
    public Output<bool?> AddPreviousOutputInEnv { get; private set; } = null!;

    [Output("connection")]
    public Output<Connection> Connection { get; private set; } = null!;

    [Output("create")]
    public Output<string?> Create { get; private set; } = null!;

    [Output("delete")]
    public Output<string?> Delete { get; private set; } = null!;

    [Output("environment")]
    public Output<ImmutableDictionary<string, string>?> Environment { get; private set; } = null!;

    [Output("logging")]
    public Output<Logging?> Logging { get; private set; } = null!;

    /// <summary>The standard error of the last run. One newline at the end is left out.</summary>
    [Output("stderr")]
    public Output<string> Stderr { get; private set; } = null!;

    [Output("stdin")]
    public Output<string?> Stdin { get; private set; } = null!;

    /// <summary>The standard output of the last run. One newline at the end is left out.</summary>
    [Output("stdout")]
    public Output<string> Stdout { get; private set; } = null!;

    [Output("triggers")]
    public Output<ImmutableArray<object>> Triggers { get; private set; } = null!;

    [Output("update")]
    public Output<string?> Update { get; private set; } = null!;

    /// <summary>The existing resource of an id.</summary>
    public static Command Get(string name, Input<string> id, CustomResourceOptions? options = null) => new(name, id, options);
}
