using PassthroughInfra.Component.Concerns.Guest;
using PassthroughInfra.Component.Facts;
using PassthroughInfra.Component.Spec;

namespace PassthroughInfra.Component.Concerns.Isolation;

/// <summary>Which CPUs are the guests', and which stay the host's.</summary>
/// <param name="Guest">The CPUs that are kept for guests.</param>
/// <param name="Host">The online CPUs without those; empty where the host was not read.</param>
/// <param name="Explanation">Why these.</param>
internal sealed record IsolationChoice(CpuSet Guest, CpuSet Host, string Explanation)
{
    /// <summary>Chooses; null where no CPU is to be kept free, or the planner would choose and the host was not read.</summary>
    public static IsolationChoice? Make(MachineSpec spec, HostFacts? facts)
    {
        if (spec.Isolation?.Cpus is not { } wanted)
        {
            return null;
        }

        if (wanted.Cpus is { } named)
        {
            return new(named, facts is null ? CpuSet.Empty : Others(facts, named), $"{named}, named in the spec");
        }

        if (spec.Guest?.Cpus.Pin is { IsAuto: false } pins)
        {
            var pinned = new CpuSet(pins.Sets.SelectMany(s => s.Cpus));
            return new(pinned, facts is null ? CpuSet.Empty : Others(facts, pinned), $"{pinned}, which the vCPUs of {spec.Guest.Name} are pinned to");
        }

        if (facts is null)
        {
            return null;
        }

        // SMT siblings that the guest does not use are kept free with those it does.
        var (cpus, explanation) = spec.Guest?.Cpus.Pin is null ? Planned(spec, facts) : Pinned(spec, facts);
        var whole = new CpuSet(facts.Cpu.Cpus.Where(c => c.Online && Siblings(facts.Cpu, c).Any(cpus.Contains)).Select(c => c.Number));
        var more = whole.Equals(cpus) ? "" : $"; with the other threads of these cores: {whole}";
        return new(whole, Others(facts, whole), explanation + more);
    }

    /// <summary>The NUMA node of the first graphics card among the guest's devices, else of their first; null where none is known.</summary>
    public static int? DeviceNode(MachineSpec spec, HostFacts facts) =>
        spec.Devices.Where(d => spec.Guest?.Devices is not { } names || names.Contains(d.Name)).Select(d => facts.Device(d.Address)).OfType<PciFacts>().Where(p => p.Node >= 0)
            .OrderByDescending(p => p.IsDisplay).Select(p => (int?)p.Node).FirstOrDefault();

    // The guest's other threads are placed after this choice, and are not asked for here.
    private static (CpuSet Cpus, string Explanation) Pinned(MachineSpec spec, HostFacts facts)
    {
        var (vcpus, explanation, _) = GuestPinning.ChooseVcpus(spec, facts);
        return (new(vcpus.SelectMany(v => v.Cpus)), explanation);
    }

    private static (CpuSet Cpus, string Explanation) Planned(MachineSpec spec, HostFacts facts)
    {
        var plan = PinningPlanner.Plan(facts.Cpu, spec.Guest?.Cpus.Count, spec.Guest?.Cpus.Threads ?? int.MaxValue, DeviceNode(spec, facts));
        return (plan.Cpus, plan.Explanation);
    }

    private static IEnumerable<int> Siblings(CpuFacts cpu, LogicalCpu of) =>
        cpu.Cpus.Where(c => CpuCores.Key(c) == CpuCores.Key(of)).Select(c => c.Number);

    private static CpuSet Others(HostFacts facts, CpuSet guest) =>
        new(facts.Cpu.Cpus.Where(c => c.Online && !guest.Contains(c.Number)).Select(c => c.Number));
}
