using System.Collections.Immutable;

namespace Pulumi.Command.Local;

/// <summary>Commands run on the machine that runs the engine when the resource is made, changed and deleted.</summary>
[ResourceType(Token, CommandPackage.Version)]
public class Command : CustomResource
{
    private const string Token = "command:local:Command";

    public Command(string name, CommandArgs? args = null, CustomResourceOptions? options = null)
        : base(
            Token,
            name,
            args ?? new CommandArgs(),
            CommandPackage.Defaults.For(options, "", replaceOnChanges: [CommandPackage.Triggers]))
    {
    }

    private Command(string name, Input<string> id, CustomResourceOptions? options)
        : base(
            Token,
            name,
            null,
            CommandPackage.Defaults.For(options, id, replaceOnChanges: [CommandPackage.Triggers]))
    {
    }

    [Output("addPreviousOutputInEnv")]
    public Output<bool?> AddPreviousOutputInEnv { get; private set; } = null!;

    [Output("archive")]
    public Output<Archive?> Archive { get; private set; } = null!;

    [Output("archivePaths")]
    public Output<ImmutableArray<string>> ArchivePaths { get; private set; } = null!;

    [Output("assetPaths")]
    public Output<ImmutableArray<string>> AssetPaths { get; private set; } = null!;

    [Output("assets")]
    public Output<ImmutableDictionary<string, AssetOrArchive>?> Assets { get; private set; } = null!;

    [Output("create")]
    public Output<string?> Create { get; private set; } = null!;

    [Output("delete")]
    public Output<string?> Delete { get; private set; } = null!;

    [Output("dir")]
    public Output<string?> Dir { get; private set; } = null!;

    [Output("environment")]
    public Output<ImmutableDictionary<string, string>?> Environment { get; private set; } = null!;

    [Output("interpreter")]
    public Output<ImmutableArray<string>> Interpreter { get; private set; } = null!;

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
