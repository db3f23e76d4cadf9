using System.Collections.Concurrent;
using PassthroughInfra.Engine;
using PassthroughInfra.Engine.Events;

namespace PassthroughInfra.Cli.Display;

/// <summary>
/// Shows an operation as plain lines, for logs and pipes: one when a step begins or ends, one for each line a command writes, and the
/// report at the end.
/// </summary>
internal sealed class PlainDisplay(Ink ink, bool showDiff) : IDisplay
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

    public void Notice(string text) => Ink.StandardError.Line(text);

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
                ink.Line(ink.In(Tone.Strong, $"{Titles.Of(started)} ({started.Stack})"));
                ink.Line();
                break;
            case Progress progress:
                ink.Line(ink.In(Tone.Faint, progress.Text));
                break;
            case StepStarted { Step: var step } when Visible(step):
                if (!isPreview && step.Op is not StepOp.Replace)
                    ink.Line($"{Head(step)} {step.Op.Doing}");
                break;
            case StepEnded { Step: var step } ended when Visible(step):
                if (isPreview && !showDiff)
                    ink.Line($"{Head(step)} {step.Op.Name}{Changed(step)}");
                if (!isPreview && step.Op is not StepOp.Replace)
                    ink.Line($"{Head(step)} {step.Op.PastTense} ({Durations.Short(ended.Duration)}){Changed(step)}");
                if (showDiff && (isPreview || step.Op is not StepOp.Replace))
                    new DiffText(ink, ink.Line).Write(step, Depth(step));
                break;
            case StepFailed failed:
                ink.Line($"{Head(failed.Step)} {ink.In(Tone.Bad, $"{failed.Step.Op.Doing} failed")} ({Durations.Short(failed.Duration)})");
                break;
            case ResourceOutput output:
                ink.Line($"    {Name(output.Urn)}: {output.Line}");
                break;
            case ResourceStatus status when IsNews(status.Urn):
                ink.Line(ink.In(Tone.Faint, $"    {Name(status.Urn)}: {status.Text}"));
                break;
            case Diagnostic diagnostic:
                diagnostics.Enqueue(diagnostic);
                if (hasEnded)
                    TellDiagnostics();
                break;
            case OperationEnded ended:
                hasEnded = true;
                var report = new Report(ink, ink.Line);
                ink.Line();
                TellDiagnostics();
                if (ended.Result == OperationResult.Succeeded)
                    report.Outputs(ended.OldOutputs, ended.Outputs);
                report.Summary(ended);
                break;
        }
    }

    private void TellDiagnostics()
    {
        new Report(ink, ink.Line).Diagnostics(diagnostics);
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

    private string Head(StepDetail step) => ink.In(step.Op.Tone, $" {step.Op.Mark,-2} {step.State.Type} {step.State.Name}");

    private string Changed(StepDetail step) => step.Op is StepOp.Update or StepOp.Replace && !step.Changes.IsEmpty
        ? " " + ink.In(Tone.Faint, $"[diff: {Titles.ChangedKeys(step)}]")
        : "";

    private static string Name(string urn) => urn.Length > 0 ? Urn.Name(urn) : "";
}
