using System.Text.Json;
using PassthroughInfra.Cli.Display;
using PassthroughInfra.Component.Planning;
using PassthroughInfra.Component.Spec;

namespace PassthroughInfra.Cli.Drift;

/// <summary>Shows what a look at the stacks came to: the differences, and a table at the end.</summary>
internal static class DriftText
{
    private const int Widest = 100;

    /// <summary>Writes it in lines.</summary>
    public static void Show(IReadOnlyList<StackDrift> stacks, ConsoleWriter console)
    {
        foreach (var stack in stacks)
        {
            foreach (var group in stack.Differences.GroupBy(d => (d.Concern, d.Cause)))
            {
                // What the stack's own changes would do is for a preview to show.
                if (!StackDrift.IsDrift(group.Key.Cause))
                {
                    if (stack.Status != DriftStatus.NotApplied)
                        console.Line(console.In(ConsoleStyle.Changed, $"{stack.Stack}: {Word(group.Key.Cause)} ({group.Key.Concern})") + $": {string.Join(", ", group.Select(d => d.Cause == Cause.Host && !d.Text.Contains('\n') ? d.Text : d.Subject).Distinct())}");
                    continue;
                }
                console.Line(console.In(ConsoleStyle.Bad, $"{stack.Stack}: {Word(group.Key.Cause)} ({group.Key.Concern})"));
                foreach (var line in group.SelectMany(d => d.Text.TrimEnd('\n').Split('\n')))
                    console.Line("  " + line);
            }
            // The table has room for the beginning of the first line only.
            var isCut = stack.Problem.Contains('\n') || stack.Problem.Length > Widest;
            if (isCut)
                console.Line(console.In(ConsoleStyle.Bad, $"{stack.Stack}: ") + stack.Problem.ReplaceLineEndings("\n  "));
            if (stack.Status is DriftStatus.Drift or DriftStatus.HostChanged or DriftStatus.ChangePending || isCut)
                console.Line();
        }
        Table(stacks, console);
    }

    private static void Table(IReadOnlyList<StackDrift> stacks, ConsoleWriter console)
    {
        var (first, second, third) = (Width(stacks.Select(s => s.Stack), "stack"), Width(stacks.Select(s => s.Host), "host"), Width(stacks.Select(s => s.Word), "status"));
        console.Line(console.In(ConsoleStyle.Strong, $"{"stack".PadRight(first)}  {"host".PadRight(second)}  status"));
        foreach (var stack in stacks)
        {
            var summary = stack.Summary.Length > Widest ? stack.Summary[..(Widest - 1)] + "…" : stack.Summary;
            console.Line($"{stack.Stack.PadRight(first)}  {stack.Host.PadRight(second)}  {console.In(ToneOf(stack.Status), stack.Word.PadRight(third))}  {summary}".TrimEnd());
        }
    }

    private static int Width(IEnumerable<string> texts, string title) => texts.Append(title).Max(t => t.Length);

    private static ConsoleStyle ToneOf(DriftStatus status) => status switch
    {
        DriftStatus.InSync => ConsoleStyle.Good,
        DriftStatus.Drift or DriftStatus.Error => ConsoleStyle.Bad,
        DriftStatus.NotMeasured => ConsoleStyle.Faint,
        _ => ConsoleStyle.Changed,
    };

    private static string Word(Cause cause) => cause switch
    {
        Cause.New => "to be applied",
        Cause.Change => "changed in the stack file",
        Cause.Host => "the host has changed by itself",
        Cause.Unknown => "not known who: the receipts are missing",
        Cause.Unread => "not known: libvirt does not answer",
        _ => "drift on the host",
    };
}

/// <summary>
/// What <c>drift --json</c> writes. The shape is kept: names are not changed or taken away without a new <see cref="Version"/>.
/// </summary>
/// <param name="Version">1.</param>
/// <param name="Stacks">Each stack that was looked at.</param>
internal sealed record DriftJson(int Version, IReadOnlyList<DriftJson.StackPart> Stacks)
{
    /// <summary>
    /// One stack. Status: <c>inSync</c>, <c>drift</c>, <c>hostChanged</c>, <c>changePending</c>, <c>notApplied</c>, <c>notMeasured</c>, <c>error</c>; the problem
    /// is empty where it was measured.
    /// </summary>
    public sealed record StackPart(string Stack, string Host, DriftStatus Status, IReadOnlyList<Difference> Differences, string Problem);

    /// <summary>The document. A difference has <c>concern</c>, <c>cause</c> (<c>new</c>, <c>change</c>, <c>drift</c>, <c>host</c>, <c>unknown</c>, <c>unread</c>), <c>subject</c> and <c>text</c>.</summary>
    public static string Write(IReadOnlyList<StackDrift> stacks) =>
        JsonSerializer.Serialize(new DriftJson(1, [.. stacks.Select(s => new StackPart(s.Stack, s.Host, s.Status, s.Differences, s.Problem))]), SpecReader.Json);
}
