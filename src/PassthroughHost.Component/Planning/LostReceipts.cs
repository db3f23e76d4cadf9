using PassthroughInfra.Component.Facts;

namespace PassthroughInfra.Component.Planning;

/// <summary>
/// A host with files of this project and without the receipts of what was applied: somebody deleted them. Who made what differs can then not be told.
/// An apply that was ended in the middle has left files without a receipt, too: nothing is lost then.
/// </summary>
internal static class LostReceipts
{
    /// <summary>In every file that this project writes.</summary>
    private const string Mark = "passthrough-host";

    /// <summary>The same plans, with what cannot be told said to be so.</summary>
    public static List<ConcernState> Tell(List<ConcernState> states, HostFacts facts)
    {
        var lost = states.Where(s => !s.IsApplied && s.Plan.Concern != facts.Interrupted && s.Plan.Files.Any(f => f.Content?.Contains(Mark, StringComparison.Ordinal) == true && IsOurs(facts.File(f.Path)))).ToHashSet();
        var all = lost.Count > 0 && facts.Receipts.Count == 0;
        return [.. states.Select(s => lost.Contains(s) || (all && !s.IsApplied && s.Plan.Concern != facts.Interrupted) ? s with { Differences = [.. s.Differences.Select(Unknown)] } : s)];
    }

    private static bool IsOurs(FileFacts file) => file.Kind == FileKind.Regular && file.Content.Contains(Mark, StringComparison.Ordinal);

    private static Difference Unknown(Difference difference) =>
        difference.Cause != Cause.New ? difference
        : difference.Subject == difference.Concern ? difference with { Cause = Cause.Unknown, Text = $"{difference.Concern}: its receipt is missing, the host agrees" }
        : difference with { Cause = Cause.Unknown };
}
