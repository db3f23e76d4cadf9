using PassthroughInfra.Cli.Display;

namespace PassthroughInfra.Cli.Rehearsal;

/// <summary>The table that ends a rehearsal: what was run under which engine, and what it came to.</summary>
internal static class VerbTable
{
    /// <summary>Writes it; nothing if no verb was run.</summary>
    public static void Write(RehearsedEngine engine)
    {
        if (engine.Runs.Count == 0)
        {
            return;
        }

        var console = ConsoleWriter.StandardOutput;
        console.Line($"\nSeen under {engine.Title}:");
        var commands = engine.Runs.Max(r => r.Command.Length);
        console.Line($"  {"command".PadRight(commands)}  exit     time  changes");
        foreach (var run in engine.Runs)
        {
            console.Line($"  {run.Command.PadRight(commands)}  {run.Code,4}  {Durations.Short(run.Time),7}  {run.ChangesText}".TrimEnd());
        }
    }
}
