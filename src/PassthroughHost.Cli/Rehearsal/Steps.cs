using System.Diagnostics;
using PassthroughInfra.Cli.Display;

namespace PassthroughInfra.Cli.Rehearsal;

/// <summary>Something was not as it should be; the rehearsal ends.</summary>
internal sealed class RehearsalException(string message) : Exception(message);

/// <summary>The steps of a rehearsal: each announced, timed, and told how it went; a table of them at the end.</summary>
internal sealed class Steps(int total)
{
    private readonly List<(string Title, TimeSpan Time, string Outcome)> done = [];
    private readonly Stopwatch whole = Stopwatch.StartNew();
    private string current = "";

    /// <summary>Does one step.</summary>
    /// <param name="title">What it is, for the person.</param>
    /// <param name="work">Does it and says in a few words how it came out.</param>
    /// <exception cref="RehearsalException">It did not come out as it should.</exception>
    public async Task DoAsync(string title, Func<Task<string>> work)
    {
        current = title;
        var console = ConsoleWriter.StandardOutput;
        console.Line($"\n[{done.Count + 1}/{total}] {title}");
        var watch = Stopwatch.StartNew();
        var outcome = await work();
        done.Add((title, watch.Elapsed, outcome));
        console.Line($"  {console.In(ConsoleStyle.Good, "ok")}: {outcome} ({Durations.Short(watch.Elapsed)})");
    }

    /// <summary>How it went, for a table.</summary>
    /// <param name="failure">What was not as it should be, if something was not.</param>
    public string InWords(string? failure) => failure is null
        ? $"all {done.Count} steps, {Durations.Short(whole.Elapsed)}"
        : $"step {done.Count + 1} of {total} ({current}): {failure.Split('\n')[0]}";

    /// <summary>Shows all steps with their times.</summary>
    public void Summarize(string? failure)
    {
        var console = ConsoleWriter.StandardOutput;
        console.Line("\nRehearsal:");
        foreach (var (title, time, outcome) in done)
        {
            console.Line($"  {console.In(ConsoleStyle.Good, "ok")}      {Durations.Short(time),7}  {title}: {outcome}");
        }

        if (failure is not null)
        {
            console.Line($"  {console.In(ConsoleStyle.Bad, "failed")}           {current}: {failure}");
        }

        console.Line($"  {(failure is null ? $"all {done.Count} steps as they should be" : "stopped at the first thing that was not as it should be")}, {Durations.Short(whole.Elapsed)} in all");
    }
}
