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

        var guests = DeclaredGuest.Of(spec);
        var pinned = guests.Where(g => g.Spec.Cpus.Pin is not null).ToList();
        if (pinned.Count > 0 && pinned.All(g => g.Spec.Cpus.Pin is { IsAuto: false }))
        {
            var all = new CpuSet(pinned.SelectMany(g => g.Spec.Cpus.Pin!.Sets).SelectMany(s => s.Cpus));
            return new(all, facts is null ? CpuSet.Empty : Others(facts, all), $"{all}, which the vCPUs of {string.Join(" and ", pinned.Select(g => g.Name))} are pinned to");
        }

        if (facts is null)
        {
            return null;
        }

        // SMT siblings that a guest does not use are kept free with those it does.
        var (cpus, explanation) = pinned.Count == 0 ? Planned(spec, guests, facts) : Pinned(pinned, facts);
        var whole = new CpuSet(facts.Cpu.Cpus.Where(c => c.Online && Siblings(facts.Cpu, c).Any(cpus.Contains)).Select(c => c.Number));
        var more = whole.Equals(cpus) ? "" : $"; with the other threads of these cores: {whole}";
        return new(whole, Others(facts, whole), explanation + more);
    }

    /// <summary>The NUMA node of the first graphics card among a guest's devices, else of their first; null where none is known.</summary>
    public static int? DeviceNode(IEnumerable<DeviceSpec> devices, HostFacts facts) =>
        devices.Select(d => facts.Device(d.Address)).OfType<PciFacts>().Where(p => p.Node >= 0).OrderByDescending(p => p.IsDisplay).Select(p => (int?)p.Node).FirstOrDefault();

    // The guests' other threads are placed after this choice, and are not asked for here.
    private static (CpuSet Cpus, string Explanation) Pinned(List<DeclaredGuest> guests, HostFacts facts)
    {
        var chosen = guests.Select(g => (g.Name, Cpus: GuestPinning.ChooseVcpus(g, facts))).ToList();
        var cpus = new CpuSet(chosen.SelectMany(c => c.Cpus.Vcpus).SelectMany(v => v.Cpus));
        return (cpus, chosen is [var only] ? only.Cpus.Explanation : string.Join("; ", chosen.Select(c => $"for {c.Name} {Why(c.Cpus.Vcpus, c.Cpus.Explanation)}")));

        static string Why(IReadOnlyList<CpuSet> vcpus, string explanation) => explanation.Length > 0 ? explanation : $"{new CpuSet(vcpus.SelectMany(v => v.Cpus))}, named in the spec";
    }

    private static (CpuSet Cpus, string Explanation) Planned(MachineSpec spec, IReadOnlyList<DeclaredGuest> guests, HostFacts facts)
    {
        var devices = guests.Count == 0 ? spec.Devices : guests.SelectMany(g => g.Devices).Select(d => d.Device);
        var plan = PinningPlanner.Plan(
            facts.Cpu,
            guests.Count == 0 ? null : guests.Sum(g => g.Spec.Cpus.Count),
            guests.Select(g => g.Spec.Cpus.Threads).DefaultIfEmpty(int.MaxValue).Min(),
            DeviceNode(devices, facts));
        return (plan.Cpus, plan.Explanation);
    }

    private static IEnumerable<int> Siblings(CpuFacts cpu, LogicalCpu of) =>
        cpu.Cpus.Where(c => CpuCores.Key(c) == CpuCores.Key(of)).Select(c => c.Number);

    private static CpuSet Others(HostFacts facts, CpuSet guest) =>
        new(facts.Cpu.Cpus.Where(c => c.Online && !guest.Contains(c.Number)).Select(c => c.Number));
}
