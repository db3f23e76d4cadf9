using PassthroughInfra.Engine;
using PassthroughInfra.Engine.Events;
using PassthroughInfra.Engine.Providers;

namespace PassthroughInfra.Cli.Display;

/// <summary>The resources of one operation as a tree: what each is at, from the events. Not safe for several threads at once.</summary>
/// <param name="now">The clock.</param>
internal sealed class ResourceTree(Func<DateTimeOffset> now)
{
    private readonly Dictionary<string, ResourceRow> rows = new(StringComparer.Ordinal);
    private readonly List<ResourceRow> order = [];
    private bool isPreview;

    /// <summary>Begins anew.</summary>
    public void Begin(bool preview)
    {
        rows.Clear();
        order.Clear();
        isPreview = preview;
    }

    /// <summary>Takes in what happened.</summary>
    public void Add(EngineEvent happened)
    {
        switch (happened)
        {
            case StepStarted { Step: { IsInternal: false } step }:
                Started(step);
                break;
            case StepEnded { Step: { IsInternal: false } step } ended:
                Ended(step, ended.Duration);
                break;
            case StepFailed { Step: { IsInternal: false } step } failed:
                var broken = Row(step);
                (broken.HasFailed, broken.IsNews, broken.Since, broken.Took) = (true, true, null, failed.Duration);
                break;
            case ResourceOutput output when rows.TryGetValue(output.Urn, out var talking):
                talking.Lines++;
                talking.LastLine = output.Line;
                break;
            case ResourceStatus status when rows.TryGetValue(status.Urn, out var waiting):
                waiting.LastLine = status.Text;
                break;
            case Diagnostic { Ephemeral: false } diagnostic when rows.TryGetValue(diagnostic.Urn, out var concerned):
                concerned.Warnings += diagnostic.Severity == DiagnosticSeverity.Warning ? 1 : 0;
                concerned.Errors += diagnostic.Severity == DiagnosticSeverity.Error ? 1 : 0;
                concerned.IsNews |= diagnostic.Severity is DiagnosticSeverity.Warning or DiagnosticSeverity.Error;
                break;
        }
    }

    /// <summary>
    /// The lines of the tree, parents before children, each with what it shows. Unchanged resources are left out unless something that
    /// is shown belongs to them.
    /// </summary>
    /// <param name="most">How many lines there is room for; what is done and went well gives way first.</param>
    public IReadOnlyList<TreeLine> Lines(int most = int.MaxValue)
    {
        var shown = WithParents(order.Where(r => r.IsNews));
        var hidden = 0;
        if (shown.Count > most)
        {
            var active = WithParents(order.Where(r => r.Since is not null || r.HasFailed));
            hidden = shown.Count - active.Count;
            shown = active;
        }
        var children = order.Where(shown.Contains).ToLookup(r => shown.Any(s => s.Urn == r.Parent) ? r.Parent : "", StringComparer.Ordinal);
        var lines = new List<TreeLine>();
        foreach (var root in children[""])
            Place(root, "", "");
        var room = Math.Max(1, most - (hidden > 0 ? 1 : 0));
        if (lines.Count > room)
        {
            hidden += lines.Count - room;
            lines.RemoveRange(room, lines.Count - room);
        }
        if (hidden > 0)
            lines.Add(new("", $"… {hidden} more", "", "", "", ConsoleStyle.Faint));
        return lines;

        void Place(ResourceRow row, string branch, string below)
        {
            lines.Add(Line(row, branch));
            var own = children[row.Urn].ToArray();
            for (var i = 0; i < own.Length; i++)
                Place(own[i], below + (i + 1 < own.Length ? "├─ " : "└─ "), below + (i + 1 < own.Length ? "│  " : "   "));
        }
    }

    private TreeLine Line(ResourceRow row, string branch) => new(
        row.Op.Mark, branch + ShortType(row.Type), row.Name, Status(row), Info(row), row.HasFailed ? ConsoleStyle.Bad : row.Op.ConsoleStyle);

    private string Status(ResourceRow row)
    {
        if (row.HasFailed)
            return $"{row.Op.Doing} failed";
        if (row.Op == StepOp.Same)
            return "";
        if (isPreview)
            return row.Op.Name;
        if (row.Since is { } since)
            return $"{row.Op.Doing} ({Durations.Whole(now() - since)})";
        return row.Took is { } took && took >= TimeSpan.FromSeconds(1) ? $"{row.Op.PastTense} ({Durations.Whole(took)})" : row.Op.PastTense;
    }

    private static string Info(ResourceRow row)
    {
        if (row.Since is not null && row.LastLine.Length > 0)
            return row.LastLine;
        string[] parts =
        [
            .. row.Changed.Length > 0 ? [$"[diff: {row.Changed}]"] : Array.Empty<string>(),
            .. Count(row.Errors, "error"),
            .. Count(row.Warnings, "warning"),
            .. Count(row.Lines, "line"),
        ];
        return string.Join("; ", parts);
    }

    private static string[] Count(int count, string what) => count switch
    {
        0 => [],
        1 => [$"1 {what}"],
        _ => [$"{count} {what}s"],
    };

    private void Started(StepDetail step)
    {
        var row = Row(step);
        if (step.Op == StepOp.Same)
            return;
        row.IsNews = true;
        // A replacement is told as one where its two halves are over.
        if (step.Op == StepOp.Replace)
            return;
        row.Op = step.Op;
        (row.Since, row.LastLine) = (now(), "");
        // The two halves of a replacement count together.
        row.Took = row.IsReplaced ? row.Took : null;
        row.Changed = ChangedKeys(step, row.Changed);
    }

    private void Ended(StepDetail step, TimeSpan duration)
    {
        var row = Row(step);
        if (step.Op == StepOp.Same)
            return;
        row.IsNews = true;
        row.Since = null;
        if (step.Op == StepOp.Replace)
            row.IsReplaced = true;
        else
            row.Took = (row.Took ?? TimeSpan.Zero) + duration;
        row.Op = row.IsReplaced && step.Op is StepOp.DeleteReplaced or StepOp.CreateReplacement or StepOp.Replace ? StepOp.Replace : step.Op;
        row.Changed = ChangedKeys(step, row.Changed);
    }

    private static string ChangedKeys(StepDetail step, string otherwise) =>
        step.Op is StepOp.Update or StepOp.Replace or StepOp.CreateReplacement && !step.Changes.IsEmpty ? Titles.ChangedKeys(step) : otherwise;

    private ResourceRow Row(StepDetail step)
    {
        if (rows.TryGetValue(step.Urn, out var row))
            return row;
        rows[step.Urn] = row = new(step.Urn, step.State.Type, step.State.Name, step.State.Parent);
        order.Add(row);
        return row;
    }

    private HashSet<ResourceRow> WithParents(IEnumerable<ResourceRow> chosen)
    {
        var all = new HashSet<ResourceRow>();
        foreach (var row in chosen)
        {
            for (var at = row; at is not null && all.Add(at); at = rows.GetValueOrDefault(at.Parent))
            {
            }
        }
        return all;
    }

    /// <summary><c>package:module/type:Type</c> as <c>package:module:Type</c>, as the CLI writes it.</summary>
    private static string ShortType(string type)
    {
        var parts = type.Split(':');
        return parts.Length == 3 && parts[1].IndexOf('/', StringComparison.Ordinal) is > 0 and var slash ? $"{parts[0]}:{parts[1][..slash]}:{parts[2]}" : type;
    }
}

/// <summary>One line of the tree, in its columns.</summary>
internal sealed record TreeLine(string Mark, string Resource, string Name, string Status, string Info, ConsoleStyle ConsoleStyle);
