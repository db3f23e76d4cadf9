using PassthroughInfra.Component.Facts;
using PassthroughInfra.Component.Planning;
using PassthroughInfra.Component.Platform;

namespace PassthroughInfra.Component.Concerns;

/// <summary>
/// A host whose distribution was upgraded under the stack. A receipt keeps the release that it was applied on (<see cref="Choice"/>); the preview after an
/// upgrade says what it was, what still holds, and what an update does.
/// </summary>
internal static class UpgradedHost
{
    /// <summary>The name of the choice, which the receipt keeps.</summary>
    public const string Release = "release of the host";

    /// <summary>The release, as what a concern was applied on; none if the host does not say it (Debian testing has no number).</summary>
    public static IEnumerable<Choice> Choice(HostFacts? facts) => facts is not { System: { Distribution.Length: > 0, Version.Length: > 0 } system } ? []
        : [Planning.Choice.Of(Release, null, [$"{system.Distribution}:{system.Version}"], "", "") with { Spoken = Name }];

    /// <summary>What the upgrade came to; nothing if there was none.</summary>
    public static IEnumerable<Finding> Findings(HostFacts facts, IReadOnlyList<ConcernState> states)
    {
        if (!Is(facts))
        {
            yield break;
        }

        var (before, now) = (Before(facts)!, Choice(facts).Single());

        var holds = states.Where(s => s.InSync).Select(s => s.Plan.Concern).ToList();
        var unread = states.Where(s => s.Differences.Any(d => d.Cause == Cause.Unread)).Select(s => s.Plan.Concern).ToList();
        var due = states.Where(s => !s.InSync).Select(s => s.Plan.Concern).Except(unread).ToList();
        var parts = before.Split(':');
        var from = parts is [var distribution, var version] ? Releases.Of(distribution, version) : null;
        var changes = from is not null && Releases.Of(facts.System) is { } to ? Releases.Changes(from, to).Select(c => c.What).ToList() : [];
        yield return new(
            Severity.Warning,
            Precondition,
            $"the host has changed by itself: {Name(before)} -> {Name(now.Value)}{(changes.Count > 0 ? $" ({string.Join(", ", changes)})" : "")}",
            $"{(holds.Count > 0 ? $"as applied still: {string.Join(", ", holds)}; " : "")}{(unread.Count > 0 ? $"not known, because libvirt does not answer: {string.Join(", ", unread)}; " : "")}to be done by one update: {string.Join(", ", due)}");
    }

    /// <summary>Whether it has another release than the one on which it was last applied.</summary>
    public static bool Is(HostFacts? facts) => facts is not null && Before(facts) is { } before && Choice(facts).SingleOrDefault() is { } now && now.Value != before;

    private static string? Before(HostFacts facts) => facts.Receipts.Select(r => r.Choices.GetValueOrDefault(Release)?.Value).FirstOrDefault(v => v is not null);

    private const string Precondition = Preconditions.Precondition.Host;

    private static string Name(string value) => value.Split(':') is [var distribution, var version] ? Releases.Name(distribution, version) : value;
}
