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
            return new(named, facts is null ? CpuSet.Empty : Others(facts, named), $"{named}, as named");
        }

        if (facts is null)
        {
            return null;
        }

        var plan = PinningPlanner.Plan(facts.Cpu, count: null, int.MaxValue, DeviceNode(spec, facts));
        return new(plan.Cpus, Others(facts, plan.Cpus), plan.Explanation);
    }

    /// <summary>The NUMA node of the first graphics card among the devices, else of the first device; null where none is known.</summary>
    public static int? DeviceNode(MachineSpec spec, HostFacts facts) =>
        spec.Devices.Select(d => facts.Device(d.Address)).OfType<PciFacts>().Where(p => p.Node >= 0)
            .OrderByDescending(p => p.IsDisplay).Select(p => (int?)p.Node).FirstOrDefault();

    private static CpuSet Others(HostFacts facts, CpuSet guest) =>
        new(facts.Cpu.Cpus.Where(c => c.Online && !guest.Contains(c.Number)).Select(c => c.Number));
}
