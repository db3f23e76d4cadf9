using PassthroughInfra.Component.Concerns;
using PassthroughInfra.Component.Concerns.Boot;
using PassthroughInfra.Component.Concerns.Isolation;
using PassthroughInfra.Component.Devices;
using PassthroughInfra.Component.Facts;
using PassthroughInfra.Component.Planning;
using PassthroughInfra.Component.Preconditions;
using PassthroughInfra.Component.Spec;

namespace PassthroughInfra.Component.Advice;

/// <summary>What one machine is fit for, judged from one reading of it. Pure: it needs no machine, and no stack.</summary>
public sealed record HostAssessment
{
    /// <summary>Everything that was looked at, by area.</summary>
    public required IReadOnlyList<Check> Checks { get; init; }

    /// <summary>What it comes to, in a sentence.</summary>
    public required string Sentence { get; init; }

    /// <summary>What a stack for the machine should say.</summary>
    public required StackAdvice Advice { get; init; }

    /// <summary>The machine's devices.</summary>
    public HostDevices Devices => Advice.Devices;

    /// <summary>What could be given to a guest, the better ones of each kind first.</summary>
    public IReadOnlyList<Candidate> Candidates => Devices.Candidates;

    /// <summary>The CPUs a guest would be given.</summary>
    public PinningPlan Pinning => Advice.Pinning;

    /// <summary>What the host would lose with a function, by its address.</summary>
    public IReadOnlyDictionary<PciAddress, DeviceLoss> Losses => Devices.Losses;

    /// <summary>Whether the hardware that was seen is this machine's own: a container sees its outer machine's.</summary>
    public required bool OwnsHardware { get; init; }

    /// <summary>Whether it can be a passthrough host: nothing was found that forbids it.</summary>
    public bool IsFit => !Checks.Any(c => c.Forbids);

    // What is advised does not depend on how the machine is reached.
    private static readonly ConnectionSpec Anywhere = new() { Host = "host", User = "root", HostKey = "insecure-accept-any" };

    /// <summary>Judges a machine.</summary>
    /// <param name="facts">The reading.</param>
    /// <param name="spec">What a stack asks of it; null where only the machine itself is judged.</param>
    public static HostAssessment Of(HostFacts facts, MachineSpec? spec = null)
    {
        var advice = StackAdvice.Make(facts, Anywhere, new() { Guest = "guest" });
        var checks = new List<Check>(PreconditionChecks.Of(CheckArea.System, facts, spec));
        var owns = !SystemPreconditions.IsContainer(facts);
        if (!owns)
        {
            checks.Add(new(CheckArea.Iommu, "hardware", Verdict.Unknown, "IOMMU, devices, processors and memory are the outer machine's", "read that one"));
        }
        else
        {
            checks.AddRange(IommuChecks.Of(facts, spec));
            checks.AddRange(DeviceChecks.Of(facts, advice));
            checks.AddRange(CapacityChecks.Of(facts, advice.Pinning));
            checks.AddRange(SoftwareChecks.Of(facts, spec));
            checks.AddRange(HandMadeChecks.Of(facts));
            checks.AddRange(Refusals(checks, advice));
        }

        if (spec is not null)
        {
            checks.AddRange(Stack(spec, facts));
        }

        return new() { Checks = checks, Sentence = FitVerdict.Of(checks, advice), Advice = advice, OwnsHardware = owns };
    }

    // A machine that is called fit has a stack that an update would take: the advice is planned as a preview would.
    private static IEnumerable<Check> Refusals(IReadOnlyList<Check> checks, StackAdvice advice) =>
        checks.Any(c => c.Forbids)
            ? []
            : HostPlan.Make(GuestIdentity.Pin(advice.Spec(), "advice"), advice.Facts).Errors.Select(e => new Check(CheckArea.Devices, "advice", Verdict.Bad, $"an update would refuse what could be proposed: {e.Problem}", e.Remedy));

    // What is said of the host itself has been said already.
    private static IEnumerable<Check> Stack(MachineSpec spec, HostFacts facts)
    {
        var said = PreconditionList.Of(facts, spec, BootConcern.Demands(spec, facts)).Where(PreconditionChecks.IsOfHost).ToHashSet();
        var found = HostPlan.Make(spec, facts).Preconditions.Where(p => p is not { Verdict: PreconditionVerdict.Good, IsTold: false } && !said.Contains(p)).ToList();
        return found.Count == 0
            ? [new(CheckArea.Stack, "stack", Verdict.Good, "what the stack asks for can be had here")]
            : found.Select(p => PreconditionChecks.Of(CheckArea.Stack, p.Path, p));
    }
}
