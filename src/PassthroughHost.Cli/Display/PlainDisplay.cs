using System.Collections.Concurrent;
using PassthroughInfra.Engine;
using PassthroughInfra.Engine.Events;

namespace PassthroughInfra.Cli.Display;

/// <summary>
/// Shows an operation as plain lines, for logs and pipes: one when a step begins or ends, one for each line a command writes, and the
/// report at the end.
/// </summary>
internal sealed class PlainDisplay(ConsoleWriter console, bool showDiff) : IDisplay
{
    private readonly ConcurrentQueue<Diagnostic> diagnostics = new();
    private readonly ConcurrentDictionary<string, string> parents = new(StringComparer.Ordinal);
    private readonly Dictionary<string, DateTime> lastStatus = new(StringComparer.Ordinal);
    private readonly Lock gate = new();
    private bool isPreview;
    private bool hasEnded;

    public void On(EngineEvent happened)
    {
        lock (gate)
            Show(happened);
    }

    public void Notice(string text) => ConsoleWriter.StandardError.Line(text);

    public void Dispose()
    {
    }

    private void Show(EngineEvent happened)
    {
        switch (happened)
        {
            case OperationStarted started:
                isPreview = started.IsPreview;
                hasEnded = false;
                console.Line(console.In(ConsoleStyle.Strong, $"{Titles.Of(started)} ({started.Stack})"));
                console.Line();
                break;
            case Progress progress:
                console.Line(console.In(ConsoleStyle.Faint, progress.Text));
                break;
            case StepStarted { Step: var step } when Visible(step):
                if (!isPreview && step.Op is not StepOp.Replace)
                    console.Line($"{Head(step)} {step.Op.Doing}");
                break;
            case StepEnded { Step: var step } ended when Visible(step):
                if (isPreview && !showDiff)
                    console.Line($"{Head(step)} {step.Op.Name}{Changed(step)}");
                if (!isPreview && step.Op is not StepOp.Replace)
                    console.Line($"{Head(step)} {step.Op.PastTense} ({Durations.Short(ended.Duration)}){Changed(step)}");
                if (showDiff && (isPreview || step.Op is not StepOp.Replace))
                    new DiffText(console, console.Line).Write(step, Depth(step));
                break;
            case StepFailed failed:
                console.Line($"{Head(failed.Step)} {console.In(ConsoleStyle.Bad, $"{failed.Step.Op.Doing} failed")} ({Durations.Short(failed.Duration)})");
                break;
            case ResourceOutput output:
                console.Line($"    {Name(output.Urn)}: {output.Line}");
                break;
            case ResourceStatus status when IsNews(status.Urn):
                console.Line(console.In(ConsoleStyle.Faint, $"    {Name(status.Urn)}: {status.Text}"));
                break;
            case Diagnostic diagnostic:
                diagnostics.Enqueue(diagnostic);
                if (hasEnded)
                    TellDiagnostics();
                break;
            case OperationEnded ended:
                hasEnded = true;
                var report = new Report(console, console.Line);
                console.Line();
                TellDiagnostics();
                if (ended.Result == OperationResult.Succeeded)
                    report.Outputs(ended.OldOutputs, ended.Outputs);
                report.Summary(ended);
                break;
        }
    }

    private void TellDiagnostics()
    {
        new Report(console, console.Line).Diagnostics(diagnostics);
        diagnostics.Clear();
    }

    // A host that reboots is dialled every few seconds; a log need not tell each time.
    private bool IsNews(string urn)
    {
        var now = DateTime.UtcNow;
        if (lastStatus.TryGetValue(urn, out var last) && now - last < TimeSpan.FromSeconds(15))
            return false;
        lastStatus[urn] = now;
        return true;
    }

    private bool Visible(StepDetail step)
    {
        parents[step.Urn] = step.State.Parent;
        return !step.IsInternal && step.Op is not StepOp.Same;
    }

    private int Depth(StepDetail step)
    {
        var depth = 0;
        for (var at = step.State.Parent; at.Length > 0 && depth < 20; at = parents.GetValueOrDefault(at, ""))
            depth++;
        return depth;
    }

    private string Head(StepDetail step) => console.In(step.Op.ConsoleStyle, $" {step.Op.Mark,-2} {step.State.Type} {step.State.Name}");

    private string Changed(StepDetail step) => step.Op is StepOp.Update or StepOp.Replace && !step.Changes.IsEmpty
        ? " " + console.In(ConsoleStyle.Faint, $"[diff: {Titles.ChangedKeys(step)}]")
        : "";

    private static string Name(string urn) => urn.Length > 0 ? Urn.Name(urn) : "";
}
