using System.Collections.Immutable;
using System.Text.RegularExpressions;
using PassthroughInfra.Engine.Projects;

namespace PassthroughInfra.Engine.Deployments;

/// <summary>What one operation works on.</summary>
/// <param name="Root">The project's directory.</param>
/// <param name="Directory">The program's working directory; assets' paths are relative to it.</param>
public sealed record DeploymentTarget(string Project, string Stack, StackConfig Config, string Root, string Directory);

/// <summary>How one operation is carried out.</summary>
public sealed record DeploymentOptions
{
    /// <summary>Whether nothing is changed.</summary>
    public bool IsPreview { get; init; }

    /// <summary>How many steps run at once; at least 1.</summary>
    public int Parallel { get; init; } = Environment.ProcessorCount * 4;

    /// <summary>
    /// Whether an operation that fails ends only what depends on it, not the whole run. The run fails all the same; what the program no longer has is
    /// deleted, but for what is tied to what failed.
    /// </summary>
    public bool ContinueOnError { get; init; }

    /// <summary>Whether the live state is read before anything is compared.</summary>
    public bool Refresh { get; init; }

    /// <summary>Whether a refresh forgets the creations that earlier runs left unfinished: somebody has looked what became of them.</summary>
    public bool ClearPendingCreates { get; init; }

    /// <summary>The URNs to work on, <c>*</c> within a part and <c>**</c> across parts allowed; empty means all.</summary>
    public ImmutableArray<string> Targets { get; init; } = [];

    /// <summary>Whether a destroy takes what uses the targets along; otherwise that is an error.</summary>
    public bool TargetDependents { get; init; }

    /// <summary>How long the program may take to end by itself once it is not wanted any more.</summary>
    public TimeSpan ProgramGrace { get; init; } = TimeSpan.FromSeconds(3);

    /// <summary>Whether a resource is worked on.</summary>
    internal bool IsTarget(string urn) => Targets.IsEmpty || Targets.Any(t => Matches(t, urn));

    private static bool Matches(string pattern, string urn) => pattern.Contains('*', StringComparison.Ordinal)
        ? Regex.IsMatch(urn, "^" + Regex.Escape(pattern).Replace("\\*\\*", ".*", StringComparison.Ordinal).Replace("\\*", "[^:]*", StringComparison.Ordinal) + "$")
        : pattern == urn;
}
