using PassthroughInfra.Component.Concerns.Isolation;
using PassthroughInfra.Component.Facts;
using PassthroughInfra.Component.Spec;

namespace PassthroughInfra.Component.Concerns.Guest;

/// <summary>Where a guest's threads run and its memory is, with every default resolved against the machine.</summary>
/// <param name="Vcpus">The host CPUs of each vCPU; empty where they are not pinned.</param>
/// <param name="Emulator">The host CPUs of QEMU's own threads; null where they are not pinned.</param>
/// <param name="IoThreads">The host CPUs of each I/O thread; null where one is not pinned.</param>
/// <param name="Nodes">The NUMA nodes of the memory; empty where the kernel chooses.</param>
/// <param name="Explanation">Why these CPUs, where the planner chose them; empty where the user did.</param>
/// <param name="Failed">Whether the planner found no CPUs; <paramref name="Explanation"/> says why.</param>
public sealed record GuestPinning(
    IReadOnlyList<CpuSet> Vcpus,
    CpuSet? Emulator,
    IReadOnlyList<CpuSet?> IoThreads,
    CpuSet Nodes,
    string Explanation,
    bool Failed)
{
    /// <summary>All host CPUs that vCPUs are pinned to.</summary>
    public CpuSet Cpus => new(Vcpus.SelectMany(v => v.Cpus));

    /// <summary>Resolves the pins. Pure.</summary>
    /// <param name="declared">The guest.</param>
    /// <param name="facts">What was read; without it, nothing is chosen.</param>
    public static GuestPinning Plan(DeclaredGuest declared, HostFacts? facts)
    {
        var (spec, guest) = declared;
        var (vcpus, explanation, failed) = ChooseVcpus(declared, facts);
        var pinned = new CpuSet(vcpus.SelectMany(v => v.Cpus));
        var emulator = guest.Cpus.EmulatorPin
            ?? (vcpus.Count == 0 || facts is null ? null : Others(facts.Cpu, new(pinned.Cpus.Concat(TakenBefore(declared, facts).Cpus).Concat(IsolationChoice.Make(spec, facts)?.Guest.Cpus ?? []))));
        return new(
            vcpus,
            emulator,
            [.. Enumerable.Range(0, guest.Cpus.IoThreads).Select(i => i < guest.Cpus.IoThreadPin.Count ? guest.Cpus.IoThreadPin[i] : emulator)],
            ChooseNodes(guest.MemoryBacking.Numa, pinned, facts),
            explanation,
            failed);
    }

    /// <summary>The host CPUs of each vCPU alone, why these where the planner chose them, and whether it found none.</summary>
    internal static (IReadOnlyList<CpuSet> Vcpus, string Explanation, bool Failed) ChooseVcpus(DeclaredGuest declared, HostFacts? facts)
    {
        var (spec, guest) = declared;
        if (guest.Cpus.Pin is not { IsAuto: true })
        {
            return (guest.Cpus.Pin?.Sets ?? [], "", false);
        }

        if (facts is null)
        {
            return ([], "", false);
        }

        var kept = spec.Isolation?.Cpus?.Cpus;
        var taken = TakenBefore(declared, facts);
        var cores = facts.Cpu.Cpus.Where(c => taken.Contains(c.Number)).Select(CpuCores.Key).ToHashSet();
        var cpu = kept is null && taken.Cpus.Count == 0 ? facts.Cpu : Only(facts.Cpu, c => kept?.Contains(c.Number) != false && !cores.Contains(CpuCores.Key(c)));
        var plan = BySocket(declared, facts, cpu) ?? PinningPlanner.Plan(cpu, guest.Cpus.Count, guest.Cpus.Threads, IsolationChoice.DeviceNode(declared.Devices.Select(d => d.Device), facts));
        var from = kept is null ? "" : $" (chosen from {kept}, which machine.isolation keeps for guests)";
        var without = taken.Cpus.Count == 0 ? "" : $" (without {taken}, which {string.Join(" and ", declared.Earlier.Select(g => g.Name))} {(declared.Earlier.Count > 1 ? "have" : "has")})";
        return ([.. plan.Order.Select(c => new CpuSet([c]))], plan.Explanation + from + without, plan.Order.Count == 0);
    }

    // Guests are placed one after the other. A core is shared with none of those before, neither by its other threads.
    private static CpuSet TakenBefore(DeclaredGuest declared, HostFacts facts) => new(declared.Earlier.SelectMany(g => ChooseVcpus(g, facts).Vcpus).SelectMany(v => v.Cpus));

    // A guest with several sockets gets each of them on a NUMA node of its own, those of its devices first; null where it has one socket, or
    // the machine too few nodes or cores for that.
    private static PinningPlan? BySocket(DeclaredGuest declared, HostFacts facts, CpuFacts cpu)
    {
        var cpus = declared.Spec.Cpus;
        var near = declared.Devices.Select(d => facts.Device(d.Device.Address)?.Node ?? -1).Where(n => n >= 0).ToHashSet();
        var nodes = cpu.Cpus.Where(c => c.Online).Select(c => c.Node).Distinct().OrderByDescending(near.Contains).ThenBy(n => n).Take(cpus.Sockets).Order().ToList();
        if (cpus.Sockets < 2 || nodes.Count < cpus.Sockets)
        {
            return null;
        }

        var plans = nodes.Select(n => PinningPlanner.Plan(Only(cpu, c => c.Node == n), cpus.Count / cpus.Sockets, cpus.Threads, n)).ToList();
        return plans.Any(p => p.Order.Count == 0 || p.Cpus.Cpus.Select(c => cpu.Cpus.First(l => l.Number == c).Node).Distinct().Count() > 1)
            ? null
            : new(
                new(plans.SelectMany(p => p.Order)),
                [.. plans.SelectMany(p => p.Order)],
                string.Join("; and ", plans.Select((p, i) => $"{p.Cpus} on NUMA node {nodes[i]}")) + ": a node for each of its sockets, and the core of CPU 0 stays the host's");
    }

    // Some of the CPUs; the planner leaves the first core to the host, which must be there for it to do so.
    private static CpuFacts Only(CpuFacts cpu, Func<LogicalCpu, bool> wanted)
    {
        var first = cpu.Cpus.Where(c => c.Online).MinBy(c => c.Number);
        return cpu with { Cpus = [.. cpu.Cpus.Where(c => wanted(c) || (first is not null && CpuCores.Key(c) == CpuCores.Key(first)))] };
    }

    // QEMU's threads stay near the guest's memory where CPUs are left there.
    private static CpuSet? Others(CpuFacts cpu, CpuSet taken)
    {
        var nodes = cpu.Cpus.Where(c => taken.Contains(c.Number)).Select(c => c.Node).ToHashSet();
        var free = cpu.Cpus.Where(c => c.Online && !taken.Contains(c.Number)).ToList();
        var near = free.Where(c => nodes.Contains(c.Node)).ToList();
        return free.Count == 0 ? null : new((near.Count > 0 ? near : free).Select(c => c.Number));
    }

    private static CpuSet ChooseNodes(GuestNuma numa, CpuSet pinned, HostFacts? facts) =>
        !numa.IsAuto ? numa.Nodes
        : facts is null || facts.Memory.Nodes.Count < 2 ? CpuSet.Empty
        : new(facts.Cpu.Cpus.Where(c => pinned.Contains(c.Number)).Select(c => c.Node));
}
