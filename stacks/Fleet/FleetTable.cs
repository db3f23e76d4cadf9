using System.Collections.Immutable;
using PassthroughInfra.Component;
using Pulumi.Utilities;

namespace PassthroughInfra.Stacks.Fleet;

/// <summary>What became of each machine, one line each, shown when all are done.</summary>
internal sealed class FleetTable
{
    private const int Indent = 4;

    private readonly List<Row> rows = [];

    /// <summary>Adds a machine.</summary>
    public void Watch(string name, PassthroughHost host, bool isPreview) => rows.Add(new(
        name,
        isPreview,
        OutputUtilities.GetValueAsync(host.Refusal),
        OutputUtilities.GetValueAsync(host.Differences),
        OutputUtilities.GetValueAsync(host.Drift),
        OutputUtilities.GetIsKnownAsync(host.Ready)));

    /// <summary>The table; empty where no machine was begun.</summary>
    public IEnumerable<string> Lines()
    {
        var width = rows.Select(r => r.Name.Length).Append(0).Max();
        return rows.SelectMany(r => r.State.Split('\n').Select((line, i) => i == 0 ? $"{r.Name.PadRight(width)}  {line}" : $"{new string(' ', width + Indent)}{line}"));
    }

    private sealed record Row(
        string Name, bool IsPreview, Task<string> Refusal, Task<ImmutableArray<string>> Differences, Task<ImmutableArray<string>> Drift, Task<bool> Ready)
    {
        public string State =>
            !Refusal.IsCompletedSuccessfully ? "failed: not read"
            : Refusal.Result.Length > 0 ? $"refused: {Reason(Refusal.Result)}"
            : !IsPreview ? Ready is { IsCompletedSuccessfully: true, Result: true } ? "ready" : "failed: see its diagnostics"
            : !Differences.IsCompletedSuccessfully ? "failed: not planned"
            : Differences.Result.Length == 0 ? "in sync"
            : Drift.Result.Length > 0 ? $"{Differences.Result.Length} differences, {Drift.Result.Length} of them drift"
            : $"{Differences.Result.Length} differences";

        // All of them; a heading that comes before says no more than the word does.
        private static string Reason(string refusal)
        {
            var lines = refusal.Split('\n');
            return lines.Length > 1 && lines[0].EndsWith("nothing was written.", StringComparison.Ordinal) ? string.Join('\n', lines[1..]) : refusal;
        }
    }
}
