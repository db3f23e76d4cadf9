using System.Collections.Immutable;
using PassthroughInfra.Engine;
using PassthroughInfra.Engine.Events;
using PassthroughInfra.Engine.Providers;
using PassthroughInfra.Engine.Values;

namespace PassthroughInfra.Cli.Display;

/// <summary>What stands at the end of an operation: diagnostics by resource, the stack's outputs, counts, duration.</summary>
internal sealed class Report(ConsoleWriter console, Action<string> line)
{
    /// <summary>The diagnostics, grouped by resource in the order in which each resource first had one.</summary>
    public void Diagnostics(IEnumerable<Diagnostic> diagnostics)
    {
        var groups = diagnostics.Where(d => !d.Ephemeral && d.Severity != DiagnosticSeverity.Debug).GroupBy(d => d.Urn, StringComparer.Ordinal).ToArray();
        if (groups.Length == 0)
            return;
        line(console.In(ConsoleStyle.Strong, "Diagnostics:"));
        foreach (var group in groups)
        {
            if (group.Key.Length > 0)
                line($"  {console.In(ConsoleStyle.Strong, $"{Urn.Type(group.Key)} ({Urn.Name(group.Key)}):")}");
            foreach (var diagnostic in group)
            {
                var lines = diagnostic.Message.TrimEnd('\n').Split('\n');
                line($"    {console.In(diagnostic.Severity.ConsoleStyle, diagnostic.Severity.Prefix)}{lines[0]}");
                foreach (var more in lines.Skip(1))
                    line("    " + ColourDiff(more));
            }
            line("");
        }
    }

    /// <summary>The stack's outputs, with what changed.</summary>
    public void Outputs(PropertyMap? old, PropertyMap? @new)
    {
        old ??= PropertyMap.Empty;
        @new ??= PropertyMap.Empty;
        if (old.Count == 0 && @new.Count == 0)
            return;
        line(console.In(ConsoleStyle.Strong, "Outputs:"));
        var keys = old.Keys.Union(@new.Keys, StringComparer.Ordinal).Order(StringComparer.Ordinal).ToArray();
        var width = keys.Max(k => k.Length);
        var properties = new PropertyText(console, line);
        foreach (var key in keys)
        {
            var (before, after) = (old.Get(key), @new.Get(key));
            if (PropertyText.Differ(before, after))
                properties.Differences(Single(key.PadRight(width), before), Single(key.PadRight(width), after), 2);
            else
                line($"    {key.PadRight(width)}: {PropertyText.Short(after!)}");
        }
        line("");
    }

    /// <summary>How many resources went through each operation, and how long it all took.</summary>
    public void Summary(OperationEnded ended)
    {
        line(console.In(ConsoleStyle.Strong, "Resources:"));
        var changes = ended.Changes.Where(c => c.Key != StepOp.Same && c.Value > 0).ToArray();
        foreach (var (op, count) in changes)
            line("    " + console.In(op.ConsoleStyle, $"{op.Mark} {count} {(ended.IsPreview ? $"to {op.Name}" : op.PastTense)}"));
        if (changes.Length > 1)
            line($"    {changes.Sum(c => c.Value)} changes.{(Same(ended) > 0 ? $" {Same(ended)} unchanged" : "")}");
        else if (Same(ended) > 0 || changes.Length == 0)
            line($"    {Same(ended)} unchanged");
        line("");
        line($"Duration: {Durations.Short(ended.Duration)}");
        if (ended.Result == OperationResult.Succeeded)
            return;
        line("");
        line(console.In(ConsoleStyle.Bad, Ending(ended)));
    }

    private static string Ending(OperationEnded ended)
    {
        var what = ended.Kind switch
        {
            OperationKind.Update => "update",
            OperationKind.Destroy => "destroy",
            _ => "refresh",
        };
        return (ended.Result, ended.IsPreview) switch
        {
            (OperationResult.Stopped, true) => "The preview was stopped.",
            (_, true) => "The preview failed; nothing was changed.",
            (OperationResult.Stopped, _) => $"The {what} was stopped. What was done until then is in the state; run it again to go on.",
            _ => $"The {what} failed. What was done until then is in the state; run it again to go on once the cause is gone.",
        };
    }

    private static int Same(OperationEnded ended) => ended.Changes.GetValueOrDefault(StepOp.Same);

    private static PropertyMap Single(string key, PropertyValue? value) => value is null ? PropertyMap.Empty : PropertyMap.Of((key, value));

    private string ColourDiff(string text) => text.Length == 0 ? text : text[0] switch
    {
        '+' => console.In(ConsoleStyle.Good, text),
        '-' => console.In(ConsoleStyle.Bad, text),
        _ => text,
    };
}
