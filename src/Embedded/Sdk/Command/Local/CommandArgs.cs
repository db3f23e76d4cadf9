namespace Pulumi.Command.Local;

/// <summary>Arguments of a <see cref="Command"/>.</summary>
public sealed class CommandArgs : ResourceArgs
{
    [Input("archivePaths")]
    private InputList<string>? _archivePaths;

    [Input("assetPaths")]
    private InputList<string>? _assetPaths;

    [Input("environment")]
    private InputMap<string>? _environment;

    [Input("interpreter")]
    private InputList<string>? _interpreter;

    [Input("triggers")]
    private InputList<object>? _triggers;

    public CommandArgs()
    {
    }

    public static new CommandArgs Empty => new();

    /// <summary>Whether a run finds the output of the one before it in its environment; unset is true.</summary>
    [Input("addPreviousOutputInEnv")]
    public Input<bool>? AddPreviousOutputInEnv { get; set; }

    /// <summary>Files to gather in one archive afterwards: patterns with <c>*</c> and <c>**</c>, excluded with <c>!</c>.</summary>
    public InputList<string> ArchivePaths
    {
        get => _archivePaths ??= [];
        set => _archivePaths = value;
    }

    /// <summary>Files to read afterwards: patterns as in <see cref="ArchivePaths"/>.</summary>
    public InputList<string> AssetPaths
    {
        get => _assetPaths ??= [];
        set => _assetPaths = value;
    }

    /// <summary>Run when the resource is made.</summary>
    [Input("create")]
    public Input<string>? Create { get; set; }

    /// <summary>Run when the resource is deleted.</summary>
    [Input("delete")]
    public Input<string>? Delete { get; set; }

    /// <summary>The working directory, which must exist.</summary>
    [Input("dir")]
    public Input<string>? Dir { get; set; }

    /// <summary>Environment of the command, besides its own.</summary>
    public InputMap<string> Environment
    {
        get => _environment ??= [];
        set => _environment = value;
    }

    /// <summary>The program and arguments before the command; by default <c>/bin/sh -c</c>.</summary>
    public InputList<string> Interpreter
    {
        get => _interpreter ??= [];
        set => _interpreter = value;
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
