using PassthroughInfra.Component.Facts;
using PassthroughInfra.Component.Planning;
using PassthroughInfra.Component.Spec;

namespace PassthroughInfra.Component.Concerns.Network;

/// <summary>
/// Confirms a change of the network over a new SSH session: that it could be made is the proof that the host can be reached. Then the timer that
/// would take the change back is disarmed. It comes before anything that could reboot the host.
/// </summary>
public sealed class NetworkConfirmConcern : IConcern
{
    internal const string Confirmed = "confirmed network configuration";

    private static readonly NetworkConcern Change = new();

    /// <inheritdoc/>
    public string Name => "network-confirm";

    /// <inheritdoc/>
    public ConcernScript Script { get; } = new("network-confirm.sh") { Parts = LinkSettings.Scripts };

    /// <inheritdoc/>
    public bool WaitsForHost => true;

    /// <inheritdoc/>
    public bool IsWanted(MachineSpec spec) => Change.IsWanted(spec);

    /// <summary>Until the host has taken the change back, and can be asked why.</summary>
    public TimeSpan Timeout(MachineSpec spec) => TimeSpan.FromSeconds(spec.Network!.ConfirmTimeoutSeconds + 180);

    /// <inheritdoc/>
    public ConcernPlan Plan(MachineSpec spec, HostFacts? facts)
    {
        var plan = Change.Plan(spec, facts);
        return new()
        {
            Concern = Name,
            Script = Script,
            Settings = [Confirmation(plan, facts)],
            Variables = LinkSettings.Variables(spec.Network!),
        };
    }

    // Whatever makes the change run again must make the confirmation run again.
    private Setting Confirmation(ConcernPlan plan, HostFacts? facts)
    {
        var wanted = DriftDetector.Digest(plan)[..12];
        if (facts is null)
        {
            return new(Confirmed, "not read", wanted);
        }

        var state = DriftDetector.Compare(plan, facts);
        if (state.InSync && facts.File(NetworkConcern.PendingNote).Kind == FileKind.Absent)
        {
            return new(Confirmed, wanted, wanted);
        }

        // As applied last, where only the spec has changed: that is no drift.
        var before = facts.Receipt(Name)?.Settings.GetValueOrDefault(Confirmed);
        var live = before is null ? "(none)" : before != wanted && state.Differences.All(d => d.Cause != Cause.Drift) ? before : "(changed since)";
        return new(Confirmed, live, wanted);
    }
}
