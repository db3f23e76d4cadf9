using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;
using PassthroughInfra.Engine;
using PassthroughInfra.Engine.Programs;
using PassthroughInfra.Engine.Projects;

namespace PassthroughInfra.Cli.Rehearsal;

/// <summary>What one verb came to.</summary>
/// <param name="Command">As the operator would type it.</param>
/// <param name="Code">Its exit code.</param>
/// <param name="Output">All it printed.</param>
/// <param name="Time">How long it took.</param>
internal sealed partial record VerbRun(string Command, int Code, string Output, TimeSpan Time)
{
    /// <summary>The summary of the resources: <c>14 to create</c>, <c>1 updated</c>, <c>13 unchanged</c>.</summary>
    public IReadOnlyList<(int Count, string Words)> Changes { get; } =
        [.. Summary().Matches(Output).Select(m => (int.Parse(m.Groups["count"].Value, CultureInfo.InvariantCulture), m.Groups["words"].Value))];

    /// <summary>The same, without what is unchanged.</summary>
    public IEnumerable<(int Count, string Words)> Planned => Changes.Where(c => c.Words != "unchanged");

    /// <summary>For the table.</summary>
    public string ChangesText => Changes.Count == 0 ? "" : string.Join(", ", Changes.Select(c => $"{c.Count} {c.Words}"));

    // Both engines end with the CLI's own lines: "    + 14 to create", "    ~ 1 updated", "    +-1 replaced", "    13 unchanged".
    [GeneratedRegex(@"^\s+(?:(?:\+-|[+~-])\s?)?(?<count>\d+) (?<words>to (?:create|update|delete|replace)|created|updated|deleted|replaced|unchanged)\s*$", RegexOptions.Multiline)]
    private static partial Regex Summary();
}

/// <summary>The engine that a rehearsal drives: which commands its verbs are, and what they need.</summary>
internal abstract class RehearsedEngine
{
    /// <summary>The stack of the virtual host.</summary>
    public const string Stack = "lab";

    private readonly List<VerbRun> runs = [];

    /// <summary>What it is, with versions: once <see cref="CheckAsync"/> has looked.</summary>
    public abstract string Title { get; }

    /// <summary>Where it keeps the stack's state.</summary>
    public abstract string State { get; }

    /// <summary>The verbs that were run, in order.</summary>
    public IReadOnlyList<VerbRun> Runs => runs;

    /// <summary>Looks for everything it needs, before anything is booted.</summary>
    /// <exception cref="RehearsalException">Something is missing: all of it, with remedies.</exception>
    public virtual Task CheckAsync(CancellationToken stopping) => Task.CompletedTask;

    /// <summary>Does what takes long and needs no host, while the host boots.</summary>
    public virtual Task PrepareAsync(CancellationToken stopping) => Task.CompletedTask;

    /// <summary>Makes a state of its own with an empty stack: a rehearsal starts from nothing, whatever else was done with the lab.</summary>
    public abstract Task OpenAsync(CancellationToken stopping);

    /// <summary>Runs a verb on the stack.</summary>
    /// <param name="verb">The verb.</param>
    /// <param name="options">Its options, which both engines have.</param>
    /// <param name="stopping">Ends it.</param>
    public async Task<VerbRun> RunAsync(string verb, IReadOnlyList<string> options, CancellationToken stopping)
    {
        var watch = Stopwatch.StartNew();
        var (shown, code, output) = await VerbAsync([verb, "--stack", Stack, .. options], stopping);
        var run = new VerbRun(shown, code, output, watch.Elapsed);
        runs.Add(run);
        return run;
    }

    /// <summary>Runs a verb with its arguments, and shows it.</summary>
    /// <returns>The command as the operator would type it, its exit code, and all it printed.</returns>
    protected abstract Task<(string Shown, int Code, string Output)> VerbAsync(IReadOnlyList<string> arguments, CancellationToken stopping);

    /// <summary>A directory that is there and empty.</summary>
    protected static void Empty(string directory)
    {
        if (Directory.Exists(directory))
        {
            Directory.Delete(directory, recursive: true);
        }

        Directory.CreateDirectory(directory);
    }
}

/// <summary>The embedded engine, by the launcher of this checkout.</summary>
internal sealed class EmbeddedRehearsal(string root) : RehearsedEngine
{
    private readonly Shell shell = new(
        root,
        new Dictionary<string, string?>
        {
            ["PULUMI_BACKEND_URL"] = "file://" + Path.Combine(root, ".lab", "rehearsal"),
            ["PULUMI_CONFIG_PASSPHRASE"] = "",
            ["PULUMI_CONFIG_PASSPHRASE_FILE"] = null,
            ["NO_COLOR"] = "1",
        });

    public override string Title => "the embedded engine";

    public override string State { get; } = Path.Combine(root, ".lab", "rehearsal");

    // The first preview would build it; what does not build is told there.
    public override async Task PrepareAsync(CancellationToken stopping)
    {
        try
        {
            await new ChildProgram(Project.Find(root)).PrepareAsync(_ => { }, stopping);
        }
        catch (EngineException)
        {
        }
    }

    public override Task OpenAsync(CancellationToken stopping)
    {
        Empty(State);
        return Task.CompletedTask;
    }

    protected override async Task<(string Shown, int Code, string Output)> VerbAsync(IReadOnlyList<string> arguments, CancellationToken stopping)
    {
        var shown = $"./passthrough {string.Join(' ', arguments)}";
        Console.WriteLine($"  $ {shown}");
        var (code, output) = await shell.RunAsync(Path.Combine(root, "passthrough"), arguments, show: true, stopping);
        return (shown, code, output);
    }
}
