using PassthroughInfra.Engine.Events;
using PassthroughInfra.Engine.Providers;
using Spectre.Console;
using Progress = PassthroughInfra.Engine.Events.Progress;

namespace PassthroughInfra.Cli.Display;

/// <summary>
/// Shows an operation on a terminal: the resources as a tree that changes while it runs, then the report. What commands write is the
/// tree's last column while they run, and a part of the report afterwards.
/// </summary>
internal sealed class TreeDisplay(IAnsiConsole console, Ink ink) : IDisplay
{
    // Of a command's output the end tells most; all of it is to be had with --plain.
    private const int KeptLines = 12;
    private static readonly TimeSpan Beat = TimeSpan.FromMilliseconds(100);

    private readonly Lock gate = new();
    private readonly ResourceTree tree = new(() => DateTimeOffset.UtcNow);
    private readonly List<Diagnostic> diagnostics = [];
    private readonly Dictionary<string, Queue<string>> outputs = new(StringComparer.Ordinal);
    private readonly Dictionary<string, int> lineCounts = new(StringComparer.Ordinal);
    private CancellationTokenSource? stop;
    private Task live = Task.CompletedTask;
    private string progress = "";
    private string status = "Status";
    private DateTimeOffset began;
    private bool hasEnded;

    public void On(EngineEvent happened)
    {
        switch (happened)
        {
            case OperationStarted started:
                Begin(started);
                break;
            case OperationEnded ended:
                End(ended);
                break;
            case Progress text when stop is null:
                ink.Line(ink.In(Tone.Faint, text.Text));
                break;
            default:
                lock (gate)
                    Take(happened);
                break;
        }
    }

    public void Notice(string text)
    {
        // What is written while the tree is up goes above it.
        if (stop is null)
            Ink.StandardError.Line(text);
        else
            console.Write(Line(text + "\n", Tone.Changed));
    }

    public void Dispose() => Close();

    private void Take(EngineEvent happened)
    {
        tree.Add(happened);
        switch (happened)
        {
            case Progress text:
                progress = text.Text;
                break;
            case Diagnostic { Ephemeral: false } diagnostic:
                diagnostics.Add(diagnostic);
                if (hasEnded)
                    TellDiagnostics();
                break;
            case ResourceOutput output:
                if (!outputs.TryGetValue(output.Urn, out var kept))
                    outputs[output.Urn] = kept = new();
                kept.Enqueue(output.Line);
                if (kept.Count > KeptLines)
                    kept.Dequeue();
                lineCounts[output.Urn] = lineCounts.GetValueOrDefault(output.Urn) + 1;
                break;
        }
    }

    private void Begin(OperationStarted started)
    {
        lock (gate)
        {
            tree.Begin(started.IsPreview);
            (progress, status, began, hasEnded) = ("", started.IsPreview ? "Plan" : "Status", DateTimeOffset.UtcNow, false);
            outputs.Clear();
            lineCounts.Clear();
        }
        ink.Line(ink.In(Tone.Strong, $"{Titles.Of(started)} ({started.Stack})"));
        ink.Line();
        var ending = stop = new();
        live = console.Live(Frame(isLast: false)).AutoClear(true).Overflow(VerticalOverflow.Crop).StartAsync(async region =>
        {
            while (!ending.IsCancellationRequested)
            {
                region.UpdateTarget(Frame(isLast: false));
                await Task.Delay(Beat, ending.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        });
    }

    private void End(OperationEnded ended)
    {
        Close();
        lock (gate)
        {
            hasEnded = true;
            console.Write(Frame(isLast: true));
            ink.Line();
            TellDiagnostics();
            var report = new Report(ink, ink.Line);
            if (ended.Result == OperationResult.Succeeded)
                report.Outputs(ended.OldOutputs, ended.Outputs);
            report.Summary(ended);
        }
    }

    private void Close()
    {
        if (stop is not { } ending)
            return;
        ending.Cancel();
        live.GetAwaiter().GetResult();
        stop = null;
        ending.Dispose();
    }

    private void TellDiagnostics()
    {
        new Report(ink, ink.Line).Diagnostics([.. diagnostics, .. outputs.SelectMany(Tail)]);
        diagnostics.Clear();
        outputs.Clear();
    }

    private IEnumerable<Diagnostic> Tail(KeyValuePair<string, Queue<string>> output)
    {
        if (lineCounts[output.Key] > output.Value.Count)
            yield return new(output.Key, DiagnosticSeverity.Info, $"… {lineCounts[output.Key] - output.Value.Count} lines before these (--plain shows all)");
        foreach (var line in output.Value)
            yield return new(output.Key, DiagnosticSeverity.Info, line);
    }

    private Rows Frame(bool isLast)
    {
        lock (gate)
        {
            // The last line of the terminal is left to the cursor, and the line of the time needs one too.
            var lines = tree.Lines(isLast ? int.MaxValue : Math.Max(4, console.Profile.Height - 4));
            var texts = TreeText.Layout(lines, status, Math.Max(20, console.Profile.Width - 1)).Select(l => Line(l.Text, l.Tone));
            return isLast ? new(texts) : new(texts.Append(Line($"    {Durations.Whole(DateTimeOffset.UtcNow - began)}{(progress.Length > 0 ? $"  {progress}" : "")}", Tone.Faint)));
        }
    }

    private Text Line(string text, Tone tone) => new(ink.Masked(text), ink.HasColour ? StyleOf(tone) : Style.Plain) { Overflow = Overflow.Crop };

    private static Style StyleOf(Tone tone) => tone switch
    {
        Tone.Good => new(Color.Green),
        Tone.Changed => new(Color.Olive),
        Tone.Bad => new(Color.Maroon),
        Tone.Replaced => new(Color.Purple),
        Tone.Faint => new(decoration: Decoration.Dim),
        Tone.Strong => new(decoration: Decoration.Bold),
        _ => Style.Plain,
    };
}
