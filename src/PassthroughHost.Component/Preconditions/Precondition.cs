using PassthroughInfra.Component.Planning;

namespace PassthroughInfra.Component.Preconditions;

/// <summary>What a look at a precondition came to.</summary>
public enum PreconditionVerdict
{
    /// <summary>It holds.</summary>
    Good,

    /// <summary>It holds, and something about it will bite.</summary>
    Caution,

    /// <summary>It does not hold: nothing is written.</summary>
    Blocks,

    /// <summary>It cannot be told. Nothing is written where it protects the host.</summary>
    Unknown,
}

/// <summary>Something that must hold before anything is written to a host.</summary>
/// <param name="Id">Its own name, which does not change from version to version: <c>boot-loader</c>.</param>
/// <param name="Verdict">What the look came to.</param>
/// <param name="Seen">What was seen, in words.</param>
/// <param name="Remedy">What to do; empty where nothing need be done.</param>
/// <param name="Path">What it is about: a path in the spec (<c>machine.devices[1]</c>), or <c>host</c>.</param>
public sealed record Precondition(string Id, PreconditionVerdict Verdict, string Seen, string Remedy = "", string Path = Precondition.Host)
{
    /// <summary>The path of what is the host's own, whatever is asked of it.</summary>
    public const string Host = "host";

    /// <summary>Whether the host is lost where it does not hold (what it boots from and with, its disks, its connection, its picture): unknown forbids it then.</summary>
    public bool ProtectsHost { get; init; }

    /// <summary>Whether it is worth telling although it holds: why a choice was made.</summary>
    public bool IsTold { get; init; }

    /// <summary>Whether a preview says nothing of it although it cannot be told.</summary>
    public bool IsQuiet { get; init; }

    /// <summary>Whether nothing may be written.</summary>
    public bool Forbids => Verdict == PreconditionVerdict.Blocks || (Verdict == PreconditionVerdict.Unknown && ProtectsHost);

    /// <summary>As the preview tells it; null where there is nothing to tell.</summary>
    public Finding? Finding =>
        Forbids ? new(Severity.Error, Path, Seen, Remedy)
        : Verdict != PreconditionVerdict.Good && !IsQuiet ? new(Severity.Warning, Path, Seen, Remedy)
        : IsTold ? new(Severity.Info, Path, Seen, Remedy)
        : null;

    /// <summary>What a planner found.</summary>
    /// <param name="id">The precondition's name.</param>
    /// <param name="finding">What was found.</param>
    internal static Precondition Of(string id, Finding finding) => new(
        id,
        finding.Severity switch { Severity.Error => PreconditionVerdict.Blocks, Severity.Warning => PreconditionVerdict.Caution, _ => PreconditionVerdict.Good },
        finding.Problem,
        finding.Remedy,
        finding.Subject)
    { IsTold = true };

    /// <summary>What was found, or one that holds where nothing was.</summary>
    /// <param name="id">The precondition's name.</param>
    /// <param name="findings">What was found.</param>
    /// <param name="good">What is seen where nothing was found.</param>
    internal static IEnumerable<Precondition> Of(string id, IEnumerable<Finding> findings, string good)
    {
        var found = findings.Select(f => Of(id, f)).ToList();
        return found.Count > 0 ? found : [new(id, PreconditionVerdict.Good, good)];
    }
}
