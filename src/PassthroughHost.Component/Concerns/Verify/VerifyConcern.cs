using PassthroughInfra.Component.Concerns.Boot;
using PassthroughInfra.Component.Concerns.Restart;
using PassthroughInfra.Component.Facts;
using PassthroughInfra.Component.Planning;
using PassthroughInfra.Component.Spec;

namespace PassthroughInfra.Component.Concerns.Verify;

/// <summary>
/// Waits for the host after its reboot and looks whether it is what was wanted: another boot, the arguments, the IOMMU, the groups, each
/// device on vfio-pci. If the reboot is left to the operator and has not happened, there is nothing to verify yet. Only then do kernel arguments on trial become GRUB's default. What is not as wanted gets the walk-through's diagnosis (rows 1, 6 and 10).
/// </summary>
public sealed class VerifyConcern : IConcern
{
    /// <inheritdoc/>
    public string Name => "verify";

    /// <inheritdoc/>
    public bool WaitsForHost => true;

    /// <inheritdoc/>
    public bool IsWanted(MachineSpec spec) => new BootConcern().IsWanted(spec);

    /// <inheritdoc/>
    public TimeSpan Timeout(MachineSpec spec) => TimeSpan.FromSeconds(spec.Boot.RebootTimeoutSeconds);

    /// <inheritdoc/>
    public ConcernPlan Plan(MachineSpec spec, HostFacts? facts)
    {
        var variables = Running.Variables(spec, facts);
        variables["REBOOT"] = SpecValue.Word(spec.Boot.Reboot);
        return new()
        {
            Concern = Name,
            Script = "verify.sh",
            Parts = RestartConcern.Scripts,
            Settings = Settings(spec, facts),
            Variables = variables,
            Findings = [.. PendingReboot.Findings(spec, facts)],
        };
    }

    // Until the operator has rebooted the host it is as it should be; then what was put off is to be done, and nobody has changed anything.
    private static IReadOnlyList<Setting> Settings(MachineSpec spec, HostFacts? facts)
    {
        IReadOnlyList<Setting> settings = [.. Running.Settings(spec, facts), BootGuard.Verified(spec, facts)];
        var receipt = facts?.Receipt("verify")?.Settings;
        return PendingReboot.Reasons(spec, facts).Count > 0 ? [.. settings.Select(s => s with { Wanted = s.Live! })]
            : spec.Boot.Reboot == RebootPolicy.Never ? [.. settings.Select(s => receipt?.GetValueOrDefault(s.Name) == s.Live ? s with { By = Cause.New } : s)]
            : settings;
    }
}
