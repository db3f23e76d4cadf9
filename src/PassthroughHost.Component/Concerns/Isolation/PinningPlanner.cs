using PassthroughInfra.Component.Facts;
using PassthroughInfra.Component.Spec;

namespace PassthroughInfra.Component.Concerns.Isolation;

/// <summary>Which host CPUs a guest is given.</summary>
/// <param name="Cpus">The CPUs; empty where there are not enough.</param>
/// <param name="Order">The same CPUs by vCPU: siblings of one core follow each other.</param>
/// <param name="Explanation">Why these, or why none.</param>
public sealed record PinningPlan(CpuSet Cpus, IReadOnlyList<int> Order, string Explanation);

/// <summary>
/// Chooses whole cores for a guest: on the device's NUMA node, under one L3 cache where they fit, fast ones first, away from the core of
/// CPU 0, which is always the host's. Source: Linux <c>Documentation/admin-guide/cputopology.rst</c>; libvirt, "CPU Tuning".
/// </summary>
public static class PinningPlanner
{
    // QEMU's q35 takes 255 vCPUs without an emulated IOMMU: APIC IDs of eight bits (Linux Documentation/virt/kvm/api.rst, KVM_CAP_X2APIC_API).
    private const int MostVcpus = 254;

    /// <summary>Chooses CPUs.</summary>
    /// <param name="cpu">The machine's processors.</param>
    /// <param name="count">How many CPUs; null: most of the cores near the device that the host can spare, see <see cref="SparePlanner"/>.</param>
    /// <param name="threadsPerCore">How many SMT siblings of each core the guest uses.</param>
    /// <param name="preferredNode">The NUMA node of the passed-through device; null or negative where it has none.</param>
    public static PinningPlan Plan(CpuFacts cpu, int? count, int threadsPerCore, int? preferredNode)
    {
        var cores = CpuCores.Of(cpu);
        if (cores.Count < 2)
        {
            return None($"the machine has {cores.Count} core, and that is the host's");
        }

        var host = cores[0];
        return count is { } wanted ? Counted(cores, wanted, threadsPerCore, preferredNode) : Default(cores, threadsPerCore, SparePlanner.Choose(cores, preferredNode), preferredNode, host);
    }

    private static PinningPlan Default(IReadOnlyList<CpuCore> cores, int threadsPerCore, SpareCores spare, int? preferredNode, CpuCore host)
    {
        var chosen = new List<CpuCore>();
        var vcpus = 0;
        foreach (var core in spare.Cores.TakeWhile(c => (vcpus += Math.Min(threadsPerCore, c.Threads.Count)) <= MostVcpus))
        {
            chosen.Add(core);
        }

        var order = chosen.OrderBy(c => c.First).SelectMany(c => c.Threads.Take(Math.Max(1, threadsPerCore))).Select(c => c.Number).ToList();
        return new(new(order), order, Explain(order, chosen, cores, spare.Caches, preferredNode, host));
    }

    private static PinningPlan Counted(IReadOnlyList<CpuCore> cores, int count, int threadsPerCore, int? preferredNode)
    {
        // The fast cores of a hybrid processor are what a guest is given, where enough of them share a cache.
        var host = cores[0];
        var free = cores.Skip(1).ToList();
        var fast = free.Where(c => c.Kind == CoreKind.Performance).ToList();
        var most = fast.Select(c => c.Threads.Count).DefaultIfEmpty(1).Min();
        var hybrid = fast.Count > 0 && fast.Count < free.Count && fast.GroupBy(c => c.Cache).Any(g => g.Count() >= Needed(count, Math.Min(threadsPerCore, most)));
        var caches = (hybrid ? fast : free)
            .GroupBy(c => (c.Node, c.Cache))
            .Select(g => new CoreCache(g.Key.Node, g.Key.Node == host.Node && g.Key.Cache == host.Cache, [.. g]))
            .OrderByDescending(c => c.Node == preferredNode)
            .ThenBy(c => c.IsHosts)
            .ThenByDescending(c => c.Cores[0].First)
            .ToList();
        var threads = Math.Max(1, Math.Min(threadsPerCore, hybrid ? most : free.Min(c => c.Threads.Count)));
        var needed = Needed(count, threads);
        if (needed > free.Count)
        {
            return None($"{needed} cores are needed ({count} CPUs, {threads} of each core), and {free.Count} of {cores.Count} are to be had: the core of CPU {host.First} stays the host's");
        }

        var near = caches.Where(c => preferredNode is null or < 0 || c.Node == preferredNode || caches.All(o => o.Node != preferredNode)).ToList();
        var whole = near.Where(c => c.Cores.Count >= needed).OrderBy(c => c.IsHosts).ThenBy(c => c.Cores.Count).FirstOrDefault();
        var chosen = (whole is null ? caches.SelectMany(c => c.Cores.Reverse()) : whole.Cores.Reverse()).Take(needed).OrderBy(c => c.First).ToList();
        var order = chosen.SelectMany(c => c.Threads.Take(threads)).Take(count).Select(c => c.Number).ToList();
        return new(new(order), order, Explain(order, chosen, cores, caches, preferredNode, host));
    }

    private static string Explain(List<int> order, List<CpuCore> chosen, IReadOnlyList<CpuCore> cores, IReadOnlyList<CoreCache> caches, int? preferredNode, CpuCore host)
    {
        var pinned = order.ToHashSet();
        var threads = chosen.Select(c => c.Threads.Count(t => pinned.Contains(t.Number))).Distinct().ToList();
        var place = chosen.Select(c => c.Node).Distinct().Order().ToList();
        var used = chosen.Select(c => (c.Node, c.Cache)).Distinct().ToList();
        var own = used is [var single] && single != (host.Node, host.Cache);
        return $"{new CpuSet(order)}: {chosen.Count} of {cores.Count} cores"
            + Kinds(chosen, cores)
            + (threads is [> 1] ? $" with {threads[0]} threads each" : "")
            + (cores.Select(c => c.Node).Distinct().Count() > 1 ? $", on NUMA node {string.Join(" and ", place)}{(place is [var only] && only == preferredNode ? ", the device's" : "")}" : "")
            + (used.Count > 1 ? $", over several L3 caches ({used.Count}), because none is large enough" : caches.Count > 1 ? $", under one L3 cache{(own ? " that the host's own core does not share" : "")}" : "")
            + (used.Count == 1 ? Sizes(chosen[0], host) : "")
            + $"; CPU {string.Join(',', host.Threads.Select(c => c.Number))} and the others stay the host's";
    }

    // Slow cores among them are worth a word: a guest cannot tell them from fast ones.
    private static string Kinds(List<CpuCore> chosen, IReadOnlyList<CpuCore> cores)
    {
        var fast = chosen.Count(c => c.Kind == CoreKind.Performance);
        var there = cores.Count(c => c.Kind == CoreKind.Performance);
        return there == 0 || there == cores.Count ? ""
            : fast == chosen.Count ? $" (of the {there} fast ones)"
            : $" ({fast} fast, {chosen.Count - fast} slow; for games name the fast ones alone)";
    }

    // The larger of two caches may be worth more to a guest than one of its own: that is the user's to decide.
    private static string Sizes(CpuCore chosen, CpuCore host) =>
        chosen.Threads[0].SharedCacheKiB is var own and > 0 && host.Threads[0].SharedCacheKiB is var hosts && hosts != own && hosts > 0
            ? $" (it has {own / 1024} MiB, the host's {hosts / 1024} MiB{(hosts > own ? ": name CPUs there if the guest needs the larger one more than one of its own" : "")})"
            : "";

    private static int Needed(int count, int threads) => (count + threads - 1) / threads;

    private static PinningPlan None(string why) => new(CpuSet.Empty, [], why);
}
