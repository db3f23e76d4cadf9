using PassthroughInfra.Component.Concerns.Boot;
using PassthroughInfra.Component.Facts;
using PassthroughInfra.Component.Planning;
using PassthroughInfra.Component.Spec;

namespace PassthroughInfra.Component.Concerns.Restart;

/// <summary>
/// One reboot, and only where the running kernel or a binding differs from what is wanted. It comes after everything is written.
/// </summary>
public sealed class RestartConcern : IConcern
{
    /// <inheritdoc/>
    public string Name => "restart";

    /// <summary>What its script and Verify's share.</summary>
    internal static readonly IReadOnlyList<string> Scripts = [.. BootGuard.Scripts, "reboot-reasons.sh"];

    /// <inheritdoc/>
    public bool IsWanted(MachineSpec spec) => spec.Boot.Reboot == RebootPolicy.Always && new BootConcern().IsWanted(spec);

    /// <inheritdoc/>
    public ConcernPlan Plan(MachineSpec spec, HostFacts? facts) => new()
    {
        Concern = Name,
        Script = "restart.sh",
        Parts = [.. Scripts, "ssh-units.sh", "rebind.sh"],
        Settings = Running.Settings(spec, facts),
        Variables = Running.Variables(spec, facts),
    };
}
