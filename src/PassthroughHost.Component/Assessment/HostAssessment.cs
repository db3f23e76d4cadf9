using PassthroughInfra.Component.Concerns.Isolation;
using PassthroughInfra.Component.Facts;
using PassthroughInfra.Component.Planning;
using PassthroughInfra.Component.Spec;

namespace PassthroughInfra.Component.Assessment;

/// <summary>What one machine is fit for, judged from one reading of it. Pure: it needs no machine, and no stack.</summary>
public sealed record HostAssessment
{
    /// <summary>Everything that was looked at, by area.</summary>
    public required IReadOnlyList<Check> Checks { get; init; }

    /// <summary>The cards that could be given to a guest, the better ones of each kind first.</summary>
    public required IReadOnlyList<Candidate> Candidates { get; init; }

    /// <summary>The CPUs a guest would be given.</summary>
    public required PinningPlan Pinning { get; init; }

    /// <summary>What the host would lose with a function, by its address.</summary>
    public required IReadOnlyDictionary<PciAddress, string> Losses { get; init; }

    /// <summary>Whether the hardware that was seen is this machine's own: a container sees its outer machine's.</summary>
    public required bool OwnsHardware { get; init; }

    /// <summary>Whether it can be a passthrough host: nothing was found that forbids it.</summary>
    public bool IsFit => Checks.All(c => c.Verdict != Verdict.Bad);

    /// <summary>Judges a machine.</summary>
    /// <param name="facts">The reading.</param>
    /// <param name="spec">What a stack asks of it; null where only the machine itself is judged.</param>
    public static HostAssessment Of(HostFacts facts, MachineSpec? spec = null)
    {
        var candidates = Candidate.Of(facts);
        var pinning = CapacityChecks.Pinning(facts, candidates);
        var checks = new List<Check>(SystemChecks.Of(facts));
        var owns = !HostChecks.IsContainer(facts);
        if (!owns)
        {
            checks.Add(new(CheckArea.Iommu, "hardware", Verdict.Unknown, "IOMMU, devices, processors and memory are the outer machine's", "read that one"));
        }
        else
        {
            checks.AddRange(IommuChecks.Of(facts));
            checks.AddRange(DeviceChecks.Of(facts, candidates));
            checks.AddRange(CapacityChecks.Of(facts, pinning));
            checks.AddRange(SoftwareChecks.Of(facts));
        }

        if (spec is not null)
        {
            checks.AddRange(Stack(spec, facts));
        }

        return new() { Checks = checks, Candidates = candidates, Pinning = pinning, Losses = Gates.Losses(facts), OwnsHardware = owns };
    }

    // What is said of the host itself has been said already.
    private static IEnumerable<Check> Stack(MachineSpec spec, HostFacts facts)
    {
        var found = HostPlan.Make(spec, facts).Findings.Where(f => f.Subject is not ("host" or "machine.connection.user")).ToList();
        return found.Count == 0
            ? [new(CheckArea.Stack, "stack", Verdict.Good, "what the stack asks for can be had here")]
            : found.Select(f => new Check(CheckArea.Stack, f.Subject, VerdictOf(f.Severity), f.Problem, f.Remedy));
    }

    internal static Verdict VerdictOf(Severity severity) => severity switch
    {
        Severity.Error => Verdict.Bad,
        Severity.Warning => Verdict.Caution,
        _ => Verdict.Note,
    };

    /// <summary>The findings as checks of one name, or one good check where there are none.</summary>
    internal static IEnumerable<Check> From(CheckArea area, string id, IEnumerable<Finding> findings, string good)
    {
        var found = findings.Select(f => new Check(area, id, VerdictOf(f.Severity), f.Problem, f.Remedy)).ToList();
        return found.Count > 0 ? found : [new(area, id, Verdict.Good, good)];
    }
}
