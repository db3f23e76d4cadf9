using PassthroughInfra.Component.Concerns.Boot;
using PassthroughInfra.Component.Concerns.BootCheck;
using PassthroughInfra.Component.Concerns.Restart;
using PassthroughInfra.Component.Facts;
using PassthroughInfra.Component.Planning;
using PassthroughInfra.Component.Spec;

namespace PassthroughInfra.Component.Concerns.Verify;

/// <summary>
/// Waits for the host after its reboot and looks whether it is what was wanted: another boot, the arguments, the IOMMU, the groups, each
/// device on vfio-pci. Only then do kernel arguments on trial become GRUB's default. If the reboot is put off, there is nothing to verify yet. What is not as
/// wanted gets the walk-through's diagnosis (rows 1, 6 and 10).
/// </summary>
public sealed class VerifyConcern : IConcern
{
    /// <inheritdoc/>
    public string Name => "verify";

    /// <inheritdoc/>
    public ConcernScript Script { get; } = new("verify.sh") { Parts = RestartConcern.Scripts };

    /// <inheritdoc/>
    public bool WaitsForHost => true;

    /// <inheritdoc/>
    public bool IsWanted(MachineSpec spec) => new BootConcern().IsWanted(spec);

    /// <inheritdoc/>
    public TimeSpan Timeout(MachineSpec spec) => TimeSpan.FromSeconds(spec.Boot.RebootTimeoutSeconds);

    /// <inheritdoc/>
    public ConcernPlan Plan(MachineSpec spec, HostFacts? facts)
    {
        var reboot = PlannedReboot.Of(spec, facts);
        var settings = reboot.Until([.. Running.Settings(spec, facts), BootGuard.Verified(spec, facts)], Name, facts);
        return new()
        {
            Concern = Name,
            Script = Script,
            Settings = settings,
            Observed = [.. reboot.Unverified(settings, Name, facts)],
            Variables = Running.Variables(spec, facts),
            // The release is in one receipt, and told once.
            Choices = facts is null ? [] : [.. KernelArguments.Choices(spec, facts), .. new BootCheckConcern().IsWanted(spec) ? [] : UpgradedHost.Choice(facts)],
        };
    }
}
