using PassthroughInfra.Component.Concerns.Boot;
using PassthroughInfra.Component.Facts;
using PassthroughInfra.Component.Planning;
using PassthroughInfra.Component.Preconditions;
using PassthroughInfra.Component.Spec;

namespace PassthroughInfra.Component.Concerns;

/// <summary>Everything that is to be done to one host, compared with how it is.</summary>
/// <param name="Concerns">The plans, in the order they are applied.</param>
/// <param name="Preconditions">What must hold before the first write, and what the planners have to say; of the host itself only where it was read.</param>
/// <param name="HostWasRead">Whether there were facts: without, nothing is known of drift.</param>
public sealed record HostPlan(IReadOnlyList<ConcernState> Concerns, IReadOnlyList<Precondition> Preconditions, bool HostWasRead)
{
    /// <summary>Why nothing may be written, where the host fails alone; null where it may. Its commands then say so and fail.</summary>
    public string? Refusal { get; init; }

    /// <summary>The same, as a preview tells it: without what holds and needs no word.</summary>
    public IReadOnlyList<Finding> Findings => [.. Preconditions.Select(p => p.Finding).OfType<Finding>()];

    /// <summary>Everything that differs from what is wanted.</summary>
    public IEnumerable<Difference> Differences => Concerns.SelectMany(c => c.Differences);

    /// <summary>The findings that forbid any write.</summary>
    public IEnumerable<Finding> Errors => Findings.Where(f => f.Severity == Severity.Error);

    /// <summary>The guest that has the resources of releases that knew one guest; null if none has.</summary>
    internal string? FormerGuest { get; init; }

    /// <summary>A guest's whole domain document, as it is defined on the host.</summary>
    /// <param name="guest">The guest's name.</param>
    public string GuestDefinition(string guest) => this[$"guest-{guest}"].Plan.Variables["DEFINITION"];

    /// <summary>One concern's plan.</summary>
    public ConcernState this[string concern] => Concerns.First(c => c.Plan.Concern == concern);

    /// <summary>Plans every concern the spec asks for. Pure.</summary>
    /// <param name="spec">What is declared.</param>
    /// <param name="facts">What was read; null where the host could not be read.</param>
    public static HostPlan Make(MachineSpec spec, HostFacts? facts)
    {
        var owner = FormerReceipts.Owner(spec, facts);
        facts = facts is null ? null : FormerReceipts.Adopt(spec, facts);
        List<ConcernState> compared = [.. ConcernList.Wanted(spec).Where(c => c is not IDependentConcern).Select(c => DriftDetector.Compare(Plan(c, spec, facts), facts))];
        var states = facts is null ? compared : LostReceipts.Tell(compared, facts);
        return new(
            [.. ConcernList.Wanted(spec).OfType<IDependentConcern>().Select(p => p.Compare(spec, facts, states)), .. states],
            [
                .. facts is null ? [] : PreconditionList.Of(facts, spec, BootConcern.Demands(spec, facts)),
                .. facts is null ? [] : HeldByHost.Check(spec, facts).Select(f => Precondition.Of("device-driver", f)),
                .. facts is null ? [] : RemovedGuests.Check(spec, facts).Select(f => Precondition.Of("guests", f)),
                .. facts is null ? [] : UpgradedHost.Findings(facts, states).Select(f => Precondition.Of("release", f)),
                .. states.SelectMany(s => s.Plan.Findings.Select(f => Precondition.Of(s.Plan.Concern, f))),
            ],
            facts is not null)
        {
            FormerGuest = owner,
        };
    }

    // What a spec wants of any host, beside what it wants of this one: a plan that is another one because the host is, is told from one whose spec was changed.
    private static ConcernPlan Plan(IConcern concern, MachineSpec spec, HostFacts? facts) =>
        concern.Plan(spec, facts) with { Basis = DriftDetector.Digest(concern.Plan(spec, null)) };

    /// <summary>
    /// Plans without facts, on another thread, and forgets the plan. What runs for the first time is compiled, and planning is a third of a
    /// second of that; while the host is being read there is nothing else to do.
    /// </summary>
    /// <param name="spec">What is declared.</param>
    internal static void Prepare(MachineSpec spec) => _ = Task.Run(() => Make(spec, null).Concerns.Select(c => HostScript.Input(c.Plan).Length).Sum());
}
