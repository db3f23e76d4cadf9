namespace Pulumi.Command.Local;

/// <summary>Arguments of <see cref="Run"/>, all known.</summary>
public sealed class RunArgs : InvokeArgs
{
    [Input("archivePaths")]
    private List<string>? _archivePaths;

    [Input("assetPaths")]
    private List<string>? _assetPaths;

    [Input("environment")]
    private Dictionary<string, string>? _environment;

    [Input("interpreter")]
    private List<string>? _interpreter;

    public RunArgs()
    {
    }

    public static new RunArgs Empty => new();

    /// <summary>Whether a run finds the output of the one before it in its environment; unset is true.</summary>
    [Input("addPreviousOutputInEnv")]
    public bool? AddPreviousOutputInEnv { get; set; }

    /// <summary>Files to gather in one archive afterwards: patterns with <c>*</c> and <c>**</c>, excluded with <c>!</c>.</summary>
    public List<string> ArchivePaths
    {
        get => _archivePaths ??= [];
        set => _archivePaths = value;
    }

    /// <summary>Files to read afterwards: patterns as in <see cref="ArchivePaths"/>.</summary>
    public List<string> AssetPaths
    {
        get => _assetPaths ??= [];
        set => _assetPaths = value;
    }

    /// <summary>The command.</summary>
    [Input("command", required: true)]
    public string Command { get; set; } = null!;

    /// <summary>The working directory, which must exist.</summary>
    [Input("dir")]
    public string? Dir { get; set; }

    /// <summary>Environment of the command, besides its own.</summary>
    public Dictionary<string, string> Environment
    {
        get => _environment ??= [];
        set => _environment = value;
    }

    /// <summary>The program and arguments before the command; by default <c>/bin/sh -c</c>.</summary>
    public List<string> Interpreter
    {
        get => _interpreter ??= [];
        set => _interpreter = value;
    }

    /// <summary>Which streams are shown; unset, both.</summary>
    [Input("logging")]
    public Logging? Logging { get; set; }

    /// <summary>The standard input.</summary>
    [Input("stdin")]
    public string? Stdin { get; set; }
}
