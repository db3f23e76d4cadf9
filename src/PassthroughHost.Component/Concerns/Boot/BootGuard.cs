using PassthroughInfra.Component.Facts;
using PassthroughInfra.Component.Planning;
using PassthroughInfra.Component.Platform;
using PassthroughInfra.Component.Spec;

namespace PassthroughInfra.Component.Concerns.Boot;

/// <summary>
/// New kernel arguments are booted once, through a menu entry of their own, and become GRUB's default only after the host was verified
/// (boot-trial.sh). Where the boot loader cannot, it says why (<see cref="IBootLoader.TrialObstacle"/>).
/// </summary>
internal static class BootGuard
{
    /// <summary>What the scripts of Boot, Restart and Verify share.</summary>
    public static readonly IReadOnlyList<string> Scripts = [.. BootLoaders.Default.Scripts, "trial-state.sh", "boot-trial.sh"];

    /// <summary>Whether new arguments are tried first.</summary>
    public static bool IsOn(MachineSpec spec, HostFacts? facts) => spec.Boot is { Guard: true, Reboot: not RebootPolicy.Never } && (facts is null || Obstacle(facts) is null);

    /// <summary>The arguments that were verified last, against those that are wanted: it stays open until Verify has confirmed them.</summary>
    public static Setting Verified(MachineSpec spec, HostFacts? facts) => new(
        "verified kernel arguments",
        facts is null ? "not read" : facts.Boot.Verified is { Length: > 0 } verified ? verified : "(none)",
        KernelArguments.Text(KernelArguments.Wanted(spec, facts)));

    /// <summary>What became of a trial, and where none is possible.</summary>
    public static IEnumerable<Finding> Findings(MachineSpec spec, HostFacts facts, IReadOnlyList<string> arguments, string earlyDigest)
    {
        var running = facts.Boot.Arguments();
        var wanted = KernelArguments.Text(arguments);
        if (facts.Boot.Trial is { State: TrialState.Failed } failed && !arguments.All(running.Contains))
        {
            var what = failed.Unverified
                ? $"the trial boot of \"{failed.Arguments}\" came up but was not as wanted, and the host has left it again"
                : $"the trial boot of \"{failed.Arguments}\" did not come back; the host runs the old command line again";
            var again = failed.Arguments == wanted && failed.EarlyDigest == earlyDigest && IsOn(spec, facts);
            yield return again
                ? new(Severity.Error, "machine.boot", what, "see what that boot's console said, or journalctl -b -1, and change boot.kernelArguments or devices; to try the very same once more, remove /var/lib/passthrough-host/trial on the host and update again")
                : new(Severity.Warning, "machine.boot", what, "what is declared now is something else, and is tried next");
        }
        else if (facts.Boot.Trial is { State: TrialState.Running } or { State: TrialState.Armed })
        {
            yield return new(Severity.Info, "machine.boot", "new kernel arguments are on trial: the next boot is again the one of before, until an update has verified the host");
        }

        if (spec.Boot is { Guard: true, Reboot: not RebootPolicy.Never } && Obstacle(facts) is { } obstacle && facts.Boot.Verified != wanted && !arguments.All(running.Contains))
        {
            yield return new(
                Severity.Warning,
                "machine.boot.guard",
                $"the new kernel arguments cannot be tried once: {obstacle}",
                "they become the default at once; should the host not come up, choose the entry in GRUB's menu and take them out there (key e), or set boot.guard: false to say that this is known");
        }
    }

    private static string? Obstacle(HostFacts facts) => BootLoaders.Of(facts).TrialObstacle(facts);
}
