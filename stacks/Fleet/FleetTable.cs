using System.Collections.Immutable;
using PassthroughInfra.Component;
using Pulumi.Utilities;

namespace PassthroughInfra.Stacks.Fleet;

/// <summary>What became of each machine, one line each, shown when all are done.</summary>
internal sealed class FleetTable
{
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
        return rows.Select(r => $"{r.Name.PadRight(width)}  {r.State}");
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

        // The first error, where a heading comes before it.
        private static string Reason(string refusal)
        {
            var lines = refusal.Split('\n');
            return lines.Length > 1 && lines[0].EndsWith("nothing was written.", StringComparison.Ordinal) ? lines[1] : lines[0];
        }
    }
}
