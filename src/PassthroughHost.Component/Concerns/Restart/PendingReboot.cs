using PassthroughInfra.Component.Concerns.Boot;
using PassthroughInfra.Component.Facts;
using PassthroughInfra.Component.Planning;
using PassthroughInfra.Component.Spec;

namespace PassthroughInfra.Component.Concerns.Restart;

/// <summary>
/// A reboot that is left to the operator (<see cref="RebootPolicy.Never"/>). What only it can bring is no difference and fails no update; it is told, with the
/// reasons, until it has happened.
/// </summary>
internal static class PendingReboot
{
    /// <summary>Why the host is to be rebooted by hand; empty if it need not be, or if another reboot would change nothing.</summary>
    /// <param name="spec">What is declared.</param>
    /// <param name="facts">What was read; null if the host could not be read: then nothing is known.</param>
    public static IReadOnlyList<string> Reasons(MachineSpec spec, HostFacts? facts)
    {
        var boot = new BootConcern();
        if (spec.Boot.Reboot != RebootPolicy.Never || facts is null || !boot.IsWanted(spec) || Running.Settings(spec, facts).All(s => s.InSync))
        {
            return [];
        }

        // As restart.sh has it: a boot that was made with the present menu and initramfs would be the same again. What the update writes first is not in it.
        var tried = facts.Boot.GrubConfigMadeAt < facts.Boot.StartedAt
            && facts.Boot.Kernels.All(k => k.InitramfsMadeAt < facts.Boot.StartedAt)
            && DriftDetector.Compare(boot.Plan(spec, facts), facts).InSync;
        return tried ? [] : [.. Lacking(spec, facts)];
    }

    /// <summary>The same, as it is told.</summary>
    /// <inheritdoc cref="Reasons"/>
    public static IEnumerable<Finding> Findings(MachineSpec spec, HostFacts? facts)
    {
        if (Reasons(spec, facts) is { Count: > 0 } reasons)
        {
            yield return new(
                Severity.Warning,
                "machine.boot.reboot",
                $"a reboot of the host is pending: {string.Join("; ", reasons)}",
                $"never leaves it to you: once an update has written everything, reboot the host, then update again; that verifies the boot{Then(spec.Guest)}");
        }
    }

    private static string Then(GuestSpec? guest) => guest switch
    {
        { Start: not GuestStart.Leave } => $" and starts {guest.Name}",
        { Autostart: true } => $" and lets {guest.Name} start with the host",
        _ => "",
    };

    private static IEnumerable<string> Lacking(MachineSpec spec, HostFacts facts)
    {
        var wanted = KernelArguments.Wanted(spec, facts);
        var running = facts.Boot.Arguments();
        foreach (var argument in wanted.Except(running))
        {
            yield return $"the running kernel lacks {argument}";
        }

        foreach (var argument in KernelArguments.Ours(facts.Boot.CommandLine, wanted, facts).Split(' ').Intersect(running).Except(wanted))
        {
            yield return $"the running kernel still has {argument}";
        }

        foreach (var setting in Running.Settings(spec, facts).Where(s => !s.InSync && s.Name != KernelArguments.RunningSetting))
        {
            yield return $"{setting.Name}: {setting.Live} -> {setting.Wanted}";
        }
    }
}
