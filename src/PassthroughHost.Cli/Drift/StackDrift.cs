using PassthroughInfra.Component.Concerns.Preflight;
using PassthroughInfra.Component.Planning;

namespace PassthroughInfra.Cli.Drift;

/// <summary>How a stack's host stands to what its file says.</summary>
internal enum DriftStatus
{
    /// <summary>As declared.</summary>
    InSync,

    /// <summary>The host was changed since it was last applied.</summary>
    Drift,

    /// <summary>The host has changed by itself (a kernel was installed); nobody changed it, nor the stack file.</summary>
    HostChanged,

    /// <summary>The stack file was changed since it was last applied; the host was not.</summary>
    ChangePending,

    /// <summary>It was never applied.</summary>
    NotApplied,

    /// <summary>There is no host to be read: a recorded probe stands in for it, or the stack describes no machine.</summary>
    NotMeasured,

    /// <summary>The host could not be read, or what libvirt has on it, or its stack cannot be planned.</summary>
    Error,
}

/// <summary>What a look at one stack came to.</summary>
/// <param name="Stack">The stack.</param>
/// <param name="Host">Its host; empty where not known.</param>
/// <param name="Differences">What differs from the stack file.</param>
/// <param name="Problem">Why it could not be measured; empty where it was.</param>
internal sealed record StackDrift(string Stack, string Host, DriftStatus Status, IReadOnlyList<Difference> Differences, string Problem)
{
    /// <summary>One that could not be measured.</summary>
    public static StackDrift Failed(string stack, string host, string problem) => new(stack, host, DriftStatus.Error, [], problem);

    /// <summary>Judges a plan. Pure.</summary>
    /// <param name="stack">The stack.</param>
    /// <param name="host">Its host.</param>
    /// <param name="plan">The plan from a reading of the host.</param>
    /// <param name="applied">The concerns that the stack's state has: one of these that the host knows nothing of any more has drifted too.</param>
    public static StackDrift Judge(string stack, string host, HostPlan plan, IReadOnlySet<string> applied)
    {
        if (plan.Errors.Any())
            return Failed(stack, host, string.Join('\n', plan.Errors));
        // The same thing may be looked at by two concerns.
        var differences = plan.Differences
            .Select(d => d.Cause == Cause.New && !plan[d.Concern].IsApplied && applied.Contains(d.Concern) ? d with { Cause = Cause.Drift } : d)
            .DistinctBy(d => (d.Cause, d.Text)).ToList();
        var status = differences.Count == 0 ? DriftStatus.InSync
            : differences.Any(d => IsDrift(d.Cause)) ? DriftStatus.Drift
            : differences.Any(d => d.Cause == Cause.Unread) ? DriftStatus.Error
            : differences.All(d => d.Cause == Cause.Host) ? DriftStatus.HostChanged
            : plan.Concerns.Where(c => !c.InSync).All(c => c.Differences.All(d => d.Cause == Cause.New)) && plan.Concerns.All(c => !c.InSync || c.Plan.Concern == PreflightConcern.Preflight) ? DriftStatus.NotApplied
            : DriftStatus.ChangePending;
        return new(stack, host, status, differences, status == DriftStatus.Error ? NotRead(plan) : "");
    }

    private static string NotRead(HostPlan plan) =>
        plan.Preconditions.FirstOrDefault(p => p.Id == "libvirt-answers")?.Seen ?? "there is no virsh on the host: which guests and storage pools libvirt has is not known";

    /// <summary>Whether somebody made it, as far as can be told.</summary>
    public static bool IsDrift(Cause cause) => cause is Cause.Drift or Cause.Unknown;

    /// <summary>The status in words.</summary>
    public string Word => Status switch
    {
        DriftStatus.InSync => "in sync",
        DriftStatus.Drift => "drift",
        DriftStatus.HostChanged => "host changed",
        DriftStatus.ChangePending => "change pending",
        DriftStatus.NotApplied => "not applied",
        DriftStatus.NotMeasured => "not measured",
        _ => "error",
    };

    /// <summary>What it comes to, in one line.</summary>
    public string Summary
    {
        get
        {
            if (Problem.Length > 0)
                return Problem.Split('\n')[0].TrimEnd(':') + (Problem.Contains('\n') ? " (above)" : "");
            var drifted = Differences.Where(d => IsDrift(d.Cause)).Select(d => d.Subject).Distinct().ToList();
            var unread = Differences.Count(d => d.Cause == Cause.Unread);
            var others = Differences.Count(d => !IsDrift(d.Cause)) - unread;
            if (Status == DriftStatus.HostChanged)
                return Differences[0].Text;
            return drifted.Count > 0 ? string.Join(", ", drifted.Take(3)) + (drifted.Count > 3 ? $" and {drifted.Count - 3} more" : "") + (others > 0 ? $"; {others} of the stack's own changes wait" : "") + (unread > 0 ? "; of libvirt nothing is known" : "")
                : others > 0 ? $"{others} {(others == 1 ? "change waits" : "changes wait")} for an update"
                : "";
        }
    }
}
