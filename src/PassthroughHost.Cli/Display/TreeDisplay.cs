using PassthroughInfra.Engine.Events;
using PassthroughInfra.Engine.Providers;
using Spectre.Console;
using Progress = PassthroughInfra.Engine.Events.Progress;

namespace PassthroughInfra.Cli.Display;

/// <summary>
/// Shows an operation on a terminal: the resources as a tree that changes while it runs, then the report. What commands write is the
/// tree's last column while they run, and a part of the report afterwards.
/// </summary>
internal sealed class TreeDisplay(IAnsiConsole console, ConsoleWriter writer) : IDisplay
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
                writer.Line(writer.In(ConsoleStyle.Faint, text.Text));
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
            ConsoleWriter.StandardError.Line(text);
        else
            console.Write(Line(text + "\n", ConsoleStyle.Changed));
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
        writer.Line(writer.In(ConsoleStyle.Strong, $"{Titles.Of(started)} ({started.Stack})"));
        writer.Line();
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
            writer.Line();
            TellDiagnostics();
            var report = new Report(writer, writer.Line);
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
        new Report(writer, writer.Line).Diagnostics([.. diagnostics, .. outputs.SelectMany(Tail)]);
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
            var texts = TreeText.Layout(lines, status, Math.Max(20, console.Profile.Width - 1)).Select(l => Line(l.Text, l.ConsoleStyle));
            return isLast ? new(texts) : new(texts.Append(Line($"    {Durations.Whole(DateTimeOffset.UtcNow - began)}{(progress.Length > 0 ? $"  {progress}" : "")}", ConsoleStyle.Faint)));
        }
    }

    private Text Line(string text, ConsoleStyle style) => new(writer.Masked(text), writer.HasColour ? StyleOf(style) : Style.Plain) { Overflow = Overflow.Crop };

    private static Style StyleOf(ConsoleStyle style) => style switch
    {
        ConsoleStyle.Good => new(Color.Green),
        ConsoleStyle.Changed => new(Color.Olive),
        ConsoleStyle.Bad => new(Color.Maroon),
        ConsoleStyle.Replaced => new(Color.Purple),
        ConsoleStyle.Faint => new(decoration: Decoration.Dim),
        ConsoleStyle.Strong => new(decoration: Decoration.Bold),
        _ => Style.Plain,
    };
}
