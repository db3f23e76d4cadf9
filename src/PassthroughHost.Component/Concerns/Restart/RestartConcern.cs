using PassthroughInfra.Component.Concerns.Boot;
using PassthroughInfra.Component.Facts;
using PassthroughInfra.Component.Planning;
using PassthroughInfra.Component.Spec;

namespace PassthroughInfra.Component.Concerns.Restart;

/// <summary>
/// One reboot, and only where the running kernel or a binding differs from what is wanted, and <see cref="BootSpec.Reboot"/> lets it. It comes after everything
/// is written.
/// </summary>
public sealed class RestartConcern : IConcern
{
    /// <inheritdoc/>
    public string Name => "restart";

    /// <inheritdoc/>
    public ConcernScript Script { get; } = new("restart.sh") { Parts = [.. Scripts, "ssh-units.sh", "rebind.sh"] };

    /// <summary>What its script and Verify's share.</summary>
    internal static readonly IReadOnlyList<string> Scripts = [.. BootGuard.Scripts, "reboot-reasons.sh", "running-guests.sh", "stopped-guests.sh"];

    /// <inheritdoc/>
    public bool IsWanted(MachineSpec spec) => new BootConcern().IsWanted(spec);

    /// <summary>Guests may have to shut down first.</summary>
    public TimeSpan Timeout(MachineSpec spec) => TimeSpan.FromMinutes(15) + TimeSpan.FromSeconds(PlannedReboot.GuestSeconds(spec));

    /// <inheritdoc/>
    public ConcernPlan Plan(MachineSpec spec, HostFacts? facts)
    {
        var reboot = PlannedReboot.Of(spec, facts);
        var variables = Running.Variables(spec, facts);
        variables["REBOOT"] = TextValue.Word(spec.Boot.Reboot);
        variables["GUEST_SECONDS"] = $"{PlannedReboot.GuestSeconds(spec)}";
        return new()
        {
            Concern = Name,
            Script = Script,
            Settings = [.. reboot.Until(Running.Settings(spec, facts), Name, facts), .. reboot.Kept(facts)],
            Variables = variables,
            Choices = facts is null ? [] : [.. KernelArguments.Choices(spec, facts)],
            Findings = [.. reboot.Findings(spec, facts)],
        };
    }
}
