using PassthroughInfra.Component.Facts;
using PassthroughInfra.Component.Planning;
using PassthroughInfra.Component.Spec;

namespace PassthroughInfra.Component.Concerns.Isolation;

/// <summary>Whether the chosen CPUs can be spared, and what the choice means.</summary>
internal static class IsolationChecks
{
    internal const string IrqbalanceDefaults = "/etc/default/irqbalance";
    private const string Subject = "machine.isolation";

    /// <summary>Everything that was found.</summary>
    public static IEnumerable<Finding> Check(MachineSpec spec, HostFacts facts)
    {
        var isolation = spec.Isolation!;
        if (isolation.Method == IsolationMethod.Cgroup && isolation.Cpus is not null && facts.Isolation.UnifiedCgroups == false)
        {
            yield return new(
                Severity.Error,
                $"{Subject}.method",
                "this host does not have the one cgroup hierarchy (v2) with a cpuset controller, which method cgroup needs",
                "take systemd.unified_cgroup_hierarchy=0 (or cgroup_disable=cpuset) off the kernel command line, or write method: kernel");
        }

        if (IsolationChoice.Make(spec, facts) is not { } choice)
        {
            yield break;
        }

        var problems = Problems(isolation, choice, facts.Cpu).ToList();
        foreach (var finding in problems.Any(p => p.Severity == Severity.Error) ? problems : [.. problems, .. Meaning(spec, choice, facts)])
        {
            yield return finding;
        }
    }

    private static IEnumerable<Finding> Problems(IsolationSpec isolation, IsolationChoice choice, CpuFacts cpu)
    {
        var path = $"{Subject}.cpus";
        if (choice.Guest.Cpus.Count == 0)
        {
            yield return new(Severity.Error, path, $"no CPU can be kept for guests: {choice.Explanation}", "leave isolation.cpus out: host and guests then share the CPUs");
            yield break;
        }

        var there = new CpuSet(cpu.Cpus.Select(c => c.Number));
        var missing = new CpuSet(choice.Guest.Cpus.Where(c => !there.Contains(c)));
        if (missing.Cpus.Count > 0)
        {
            yield return new(Severity.Error, path, $"there is no CPU {missing} in this machine", $"it has {there} (lscpu -e)");
            yield break;
        }

        var offline = new CpuSet(cpu.Cpus.Where(c => !c.Online && choice.Guest.Contains(c.Number)).Select(c => c.Number));
        if (offline.Cpus.Count > 0)
        {
            yield return new(Severity.Error, path, $"CPU {offline} is offline", "leave it out, or switch it on (SMT is off in the firmware setup, or by nosmt, where every second one is offline)");
        }

        if (choice.Host.Cpus.Count == 0)
        {
            yield return new(Severity.Error, path, $"{choice.Guest} is every CPU of this machine, and nothing is left for the host", "leave the host at least the core of CPU 0");
            yield break;
        }

        var cores = CpuCores.Of(cpu).Select(c => new CpuSet(c.Threads.Select(t => t.Number))).ToList();
        if (choice.Guest.Contains(0))
        {
            yield return isolation.Method == IsolationMethod.Kernel
                ? new(Severity.Error, path, "CPU 0 is among them, and the kernel itself needs it: the timekeeper and many interrupts cannot leave it", "take other CPUs")
                : new(Severity.Warning, path, "CPU 0 is among them, and timers and many interrupts cannot leave it", "take other CPUs: a guest stutters on this one");
        }

        foreach (var half in cores.Where(c => c.Cpus.Any(choice.Guest.Contains) && c.Cpus.Any(choice.Host.Contains)))
        {
            var mine = new CpuSet(half.Cpus.Where(choice.Guest.Contains));
            var theirs = new CpuSet(half.Cpus.Where(choice.Host.Contains));
            yield return new(
                Severity.Warning,
                path,
                $"CPU {mine} and CPU {theirs} are two threads of one core, and only {mine} is kept for guests: what the host does on {theirs} slows the guest down",
                $"keep both (add {theirs}), or neither");
        }

        if (cores.All(c => c.Cpus.Any(choice.Guest.Contains)))
        {
            yield return new(Severity.Warning, path, "the host keeps no whole core for itself", $"leave it one: {cores[0]}");
        }
    }

    private static IEnumerable<Finding> Meaning(MachineSpec spec, IsolationChoice choice, HostFacts facts)
    {
        var isolation = spec.Isolation!;
        var chosen = isolation.Cpus!.Cpus is null ? $"auto chose CPU {choice.Explanation}" : $"CPU {choice.Guest} is kept for guests, the host has {choice.Host}";
        if (isolation.Method == IsolationMethod.Kernel)
        {
            yield return new(Severity.Info, $"{Subject}.cpus", chosen, "they are left out from boot on, also while no guest runs; method: cgroup gives them back, and changes without a reboot");
            if (!Pinned(spec))
            {
                yield return new(
                    Severity.Warning,
                    $"{Subject}.method",
                    "the scheduler spreads nothing over isolated CPUs: a guest whose vCPUs are not pinned one by one has all of them on the first",
                    "pin each vCPU to a CPU of its own (cpus.pin of the guest), or write method: cgroup");
            }

            yield break;
        }

        yield return new(
            Severity.Info,
            $"{Subject}.cpus",
            chosen,
            $"while {Guests(spec)} runs, services and users are confined to {choice.Host}{(isolation.Irqs ? ", and interrupts with them" : "")}; afterwards they have every CPU again");
        foreach (var guest in DeclaredGuest.Of(spec).Where(g => g.Spec.Cpus.Pin is null))
        {
            yield return new(Severity.Warning, $"{guest.Subject}.cpus.pin", $"the vCPUs of {guest.Name} are not pinned: they run on every CPU, and not only on those kept for them", "pin: auto pins them to the same CPUs");
        }

        if (!isolation.Irqs)
        {
            yield break;
        }

        if (facts.Services.IsActive("irqbalance"))
        {
            yield return new(Severity.Info, $"{Subject}.irqs", $"irqbalance runs, and would move interrupts back: it is told to leave {choice.Guest} alone (IRQBALANCE_BANNED_CPULIST, in a drop-in of its service)");
        }

        if (facts.File(IrqbalanceDefaults).Content.Split('\n').Select(l => l.Trim()).FirstOrDefault(l => l.StartsWith("IRQBALANCE_BANNED_CPU", StringComparison.Ordinal)) is { } line)
        {
            yield return new(Severity.Warning, $"{Subject}.irqs", $"{IrqbalanceDefaults} says {line}, which outweighs the drop-in", "comment that line out, or give it the same CPUs");
        }
    }

    private static bool Pinned(MachineSpec spec) => spec.Guests.Count > 0 && spec.Guests.All(g => g.Cpus.Pin is { } pins && (pins.IsAuto || pins.Sets.All(s => s.Cpus.Count == 1)));

    private static string Guests(MachineSpec spec) => IsolationConcern.Guests(spec) is { Count: > 0 } named ? string.Join(" or ", named) : "a guest";
}
