using System.Collections.Frozen;
using System.Collections.Immutable;
using System.ComponentModel;
using PassthroughInfra.Engine.Processes;
using PassthroughInfra.Engine.Values;

namespace PassthroughInfra.Engine.Providers.Command;

/// <summary>Runs commands on this machine, for the local resource and the local function.</summary>
/// <param name="workingDirectory">The directory commands run in where they name none, and that the one they name is relative to.</param>
internal sealed class LocalShell(string workingDirectory)
{
    /// <summary>The inputs that the local resource and the local function share.</summary>
    public static readonly FrozenDictionary<string, FieldType> SharedFields = new Dictionary<string, FieldType>
    {
        ["stdin"] = FieldType.Text,
        ["dir"] = FieldType.Text,
        ["interpreter"] = FieldType.TextList,
        ["assetPaths"] = FieldType.TextList,
        ["archivePaths"] = FieldType.TextList,
        [CommandInputs.Environment] = FieldType.TextMap,
        [CommandInputs.Logging] = FieldType.Text,
        [CommandInputs.AddPreviousOutputInEnv] = FieldType.Flag,
    }.ToFrozenDictionary();

    /// <summary>The inputs as they are, and what is wrong with them.</summary>
    public static PropertyMap Check(PropertyMap inputs, IReadOnlyDictionary<string, FieldType> fields, List<CheckProblem> problems)
    {
        CommandInputs.CheckShape(inputs, fields, problems);
        foreach (var key in new[] { "assetPaths", "archivePaths" })
        {
            if (inputs.GetList(key) is { Count: > 0 })
                problems.Add(new(key, "the embedded engine does not collect files from a command; read them in the program instead, or use the pulumi CLI"));
        }
        return inputs;
    }

    private static bool IsShellName(string name) => name.Length > 0 && !char.IsAsciiDigit(name[0]) && name.All(c => char.IsAsciiLetterOrDigit(c) || c == '_');

    /// <summary>Runs a command and gives the inputs with its outputs.</summary>
    /// <param name="previous">The state whose outputs the command may see.</param>
    /// <param name="timeout">The longest it may take; null for no limit.</param>
    /// <exception cref="ProviderException">It could not be run, failed, or took too long.</exception>
    public async Task<PropertyMap> RunAsync(PropertyMap inputs, string script, PropertyMap? previous, TimeSpan? timeout, IResourceLog log, CancellationToken kill)
    {
        var words = inputs.GetList("interpreter") is { Count: > 0 } interpreter ? interpreter.Items.Select(i => i.AsString!).ToImmutableArray() : ["/bin/sh", "-c"];
        var directory = Path.GetFullPath(inputs.GetString("dir") ?? ".", workingDirectory);
        if (!Directory.Exists(directory))
            throw new ProviderException($"The directory '{directory}' (dir), in which to run {CommandFailure.Quote(script)}, does not exist.");
        // The gate that a script waits at (ScriptKeeper) is a shell, and dash passes on no other names; as the interpreter it drops them under the CLI too.
        if (words[0] is not ("/bin/sh" or "sh") && CommandInputs.Variables(inputs).Keys.FirstOrDefault(n => !IsShellName(n)) is { } odd)
            throw new ProviderException($"The embedded engine cannot set the environment variable \"{odd}\": a name has letters, digits and _ only. Nothing was run. Set it within the script, or use the pulumi CLI.");
        var command = new ChildCommand(words[0], [.. words.Skip(1), script])
        {
            Directory = directory,
            Environment = Environment(inputs, previous),
            Stdin = inputs.GetString("stdin"),
            EndsWithThisProcess = true,
        };
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(kill);
        if (timeout is { } longest)
            limit.CancelAfter(longest);
        try
        {
            var outcome = await ChildProcess.RunAsync(command, CommandInputs.LineLog(inputs, log), limit.Token).ConfigureAwait(false);
            CommandInputs.RequireShortLines(inputs, outcome.Output.LongestLines);
            return outcome.ExitCode == 0
                ? CommandInputs.WithOutput(inputs, outcome.Output.Stdout, outcome.Output.Stderr)
                : throw CommandFailure.Of($"exit status {outcome.ExitCode}", script, outcome.Output.Tail(40));
        }
        catch (OperationCanceledException e) when (!kill.IsCancellationRequested)
        {
            throw new ProviderException($"Ended after its custom timeout of {timeout?.TotalSeconds:0.#} s: running {CommandFailure.Quote(script)}. Raise the timeout if it only needs longer.", e);
        }
        catch (Win32Exception e)
        {
            throw new ProviderException($"Could not run {CommandFailure.Quote(script)}: {e.Message}.", e);
        }
    }

    private static Dictionary<string, string> Environment(PropertyMap inputs, PropertyMap? previous)
    {
        var environment = ChildEnvironment.Inherited();
        foreach (var (name, value) in CommandInputs.Variables(inputs).SetItems(CommandInputs.PreviousOutput(inputs, previous)))
            environment[name] = value;
        return environment;
    }
}
