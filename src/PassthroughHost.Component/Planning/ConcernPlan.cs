using PassthroughInfra.Component.Spec;

namespace PassthroughInfra.Component.Planning;

/// <summary>A file this project owns on the host.</summary>
/// <param name="Path">Its absolute path.</param>
/// <param name="Content">Its whole content; null where it must be absent (an original is put aside, and comes back on revert).</param>
/// <param name="Mode">Its mode in octal.</param>
public sealed record ManagedFile(string Path, string? Content, string Mode = "644")
{
    /// <summary>Whether it is a script of this project, of which only its length is told where it is new. What somebody changed in it is shown.</summary>
    public bool IsScript { get; init; }

    /// <summary>What must be absent: the original is put aside.</summary>
    public static ManagedFile Absent(string path) => new(path, null);
}

/// <summary>A value on the host that is no file of ours: a package's state, a default target, an argument of the running kernel.</summary>
/// <param name="Name">What it is, for people and for the receipt: no tabs or line ends.</param>
/// <param name="Live">What it is now; null where it could not be read.</param>
/// <param name="Wanted">What it is to be.</param>
public sealed record Setting(string Name, string? Live, string Wanted)
{
    /// <summary>Who made the difference, where the concern itself knows; null where the receipt tells.</summary>
    public Cause? By { get; init; }

    /// <summary>What changes in a file, as a unified diff; null where the value says it all.</summary>
    public string? Diff { get; init; }

    /// <summary>Whether it is as it should be. What could not be read is taken to be.</summary>
    public bool InSync => Live is null || Live == Wanted;
}

/// <summary>A concern's script, the same whatever the spec and the host.</summary>
/// <param name="Name">Its name among the embedded resources: <c>boot.sh</c>.</param>
public sealed record ConcernScript(string Name)
{
    /// <summary>Scripts it shares with other concerns, put before its own.</summary>
    public IReadOnlyList<string> Parts { get; init; } = [];

    /// <summary>Scripts its own one writes to the host or runs, by the shell variable that holds the text: <c>GUARD_SCRIPT</c>, <c>network-guard.sh</c>.</summary>
    public IReadOnlyList<(string Variable, string Script)> Texts { get; init; } = [];
}

/// <summary>What one concern wants on a host, as a value.</summary>
public sealed record ConcernPlan
{
    /// <summary>The concern's name: <c>boot</c>.</summary>
    public required string Concern { get; init; }

    /// <summary>Its name in its command's text where that is still the text of a release that knew one guest (<see cref="FormerReceipts"/>); else empty.</summary>
    public string FormerConcern { get; init; } = "";

    /// <summary>Its script.</summary>
    public required ConcernScript Script { get; init; }

    /// <summary>The files it owns.</summary>
    public IReadOnlyList<ManagedFile> Files { get; init; } = [];

    /// <summary>What was set up by hand and is taken over by it: cut among its files, and shown among its settings.</summary>
    public IReadOnlyList<TakeOverSpec> TakeOver { get; init; } = [];

    /// <summary>The settings it owns.</summary>
    public IReadOnlyList<Setting> Settings { get; init; } = [];

    /// <summary>What it decided from facts.</summary>
    public IReadOnlyList<Choice> Choices { get; init; } = [];

    /// <summary>The digest of what the spec alone wants, whatever the host; empty if not known.</summary>
    public string Basis { get; init; } = "";

    /// <summary>Differences that are neither a file's nor a setting's: found by the concern itself, in its own words.</summary>
    public IReadOnlyList<Difference> Observed { get; init; } = [];

    /// <summary>Shell variables its script reads, by name: upper-case letters and underscores.</summary>
    public IReadOnlyDictionary<string, string> Variables { get; init; } = new SortedDictionary<string, string>(StringComparer.Ordinal);

    /// <summary>What it found out while planning.</summary>
    public IReadOnlyList<Finding> Findings { get; init; } = [];
}
