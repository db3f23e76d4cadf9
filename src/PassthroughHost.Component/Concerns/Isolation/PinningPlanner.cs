using PassthroughInfra.Component.Facts;
using PassthroughInfra.Component.Spec;

namespace PassthroughInfra.Component.Concerns.Isolation;

/// <summary>Which host CPUs a guest is given.</summary>
/// <param name="Cpus">The CPUs; empty where there are not enough.</param>
/// <param name="Order">The same CPUs by vCPU: siblings of one core follow each other.</param>
/// <param name="Explanation">Why these, or why none.</param>
public sealed record PinningPlan(CpuSet Cpus, IReadOnlyList<int> Order, string Explanation);

/// <summary>
/// Chooses whole cores for a guest: on the device's NUMA node, under one L3 cache where they fit, away from the core of CPU 0, which is
/// always the host's. Source: Linux <c>Documentation/admin-guide/cputopology.rst</c>; libvirt, "CPU Tuning".
/// </summary>
public static class PinningPlanner
{
    /// <summary>Chooses CPUs.</summary>
    /// <param name="cpu">The machine's processors.</param>
    /// <param name="count">How many CPUs; null: a cache (or node) of its own where there are several, else two thirds of the cores.</param>
    /// <param name="threadsPerCore">How many SMT siblings of each core the guest uses.</param>
    /// <param name="preferredNode">The NUMA node of the passed-through device; null or negative where it has none.</param>
    public static PinningPlan Plan(CpuFacts cpu, int? count, int threadsPerCore, int? preferredNode)
    {
        var cores = cpu.Cpus.Where(c => c.Online)
            .GroupBy(c => (c.Package, c.Die, c.Core))
            .Select(g => new Core([.. g.OrderBy(c => c.Number)]))
            .OrderBy(c => c.First)
            .ToList();
        if (cores.Count < 2)
        {
            return None($"the machine has {cores.Count} core, and that is the host's");
        }

        // Hybrid processors: cores with one thread are slower than those with two, and the latter are what a guest is given, where enough of
        // them share a cache.
        var host = cores[0];
        var most = cores.Max(c => c.Cpus.Count);
        var fast = cores.Skip(1).Where(c => c.Cpus.Count == most).ToList();
        var hybrid = fast.Count > 0 && fast.Count < cores.Count - 1 && cores.All(c => c.Node == host.Node)
            && fast.GroupBy(c => c.Cache).Any(g => g.Count() >= Needed(count, Math.Min(threadsPerCore, most)));
        var caches = (hybrid ? fast : cores.Skip(1))
            .GroupBy(c => (c.Node, c.Cache))
            .Select(g => new Cache(g.Key.Node, g.Key.Node == host.Node && g.Key.Cache == host.Cache, [.. g]))
            .OrderByDescending(c => c.Node == preferredNode)
            .ThenBy(c => c.IsHosts)
            .ThenByDescending(c => c.Cores[0].First)
            .ToList();
        var threads = Math.Max(1, Math.Min(threadsPerCore, hybrid ? most : cores.Skip(1).Min(c => c.Cpus.Count)));
        var needed = count is not null ? Needed(count, threads)
            : caches.Count > 1 ? caches[0].Cores.Count
            : hybrid ? fast.Count
            : Math.Max(1, cores.Count * 2 / 3);
        if (needed > cores.Count - 1)
        {
            return None($"{needed} cores are needed ({count} CPUs, {threads} of each core), and {cores.Count - 1} of {cores.Count} are to be had: the core of CPU {host.First} stays the host's");
        }

        var near = caches.Where(c => preferredNode is null or < 0 || c.Node == preferredNode || caches.All(o => o.Node != preferredNode)).ToList();
        var whole = near.Where(c => c.Cores.Count >= needed).OrderBy(c => c.IsHosts).ThenBy(c => c.Cores.Count).FirstOrDefault();
        var chosen = (whole is null ? caches.SelectMany(c => c.Cores.Reverse()) : whole.Cores.Reverse()).Take(needed).OrderBy(c => c.First).ToList();
        var order = chosen.SelectMany(c => c.Cpus.Take(threads)).Take(count ?? int.MaxValue).Select(c => c.Number).ToList();
        var cpus = new CpuSet(order);
        var place = chosen.Select(c => c.Node).Distinct().Order().ToList();
        var explanation = $"{cpus}: {needed} of {cores.Count} cores"
            + (hybrid ? $" (of the {fast.Count + (host.Cpus.Count == most ? 1 : 0)} fast ones)" : "")
            + (threads > 1 ? $" with {threads} threads each" : "")
            + (caches.Select(c => c.Node).Distinct().Count() > 1 ? $", on NUMA node {string.Join(" and ", place)}{(place is [var only] && only == preferredNode ? ", the device's" : "")}" : "")
            + (whole is not null && caches.Count > 1 ? $", under one L3 cache{(whole.IsHosts ? "" : " that the host's own core does not share")}" : whole is null ? ", over several L3 caches, because none is large enough" : "")
            + Sizes(whole, host)
            + $"; CPU {string.Join(',', host.Cpus.Select(c => c.Number))} and the others stay the host's";
        return new(cpus, order, explanation);
    }

    // The larger of two caches may be worth more to a guest than one of its own: that is the user's to decide.
    private static string Sizes(Cache? whole, Core host) =>
        whole?.Cores[0].Cpus[0].SharedCacheKiB is { } own and > 0 && host.Cpus[0].SharedCacheKiB is var hosts && hosts != own && hosts > 0
            ? $" (it has {own / 1024} MiB, the host's {hosts / 1024} MiB{(hosts > own ? ": name CPUs there if the guest needs the larger one more than one of its own" : "")})"
            : "";

    private static int Needed(int? count, int threads) => count is { } n ? (n + threads - 1) / threads : 0;

    private static PinningPlan None(string why) => new(CpuSet.Empty, [], why);

    private sealed record Core(IReadOnlyList<LogicalCpu> Cpus)
    {
        public int First => Cpus[0].Number;

        public int Node => Cpus[0].Node;

        public string Cache => Cpus[0].SharedCache.Length > 0 ? Cpus[0].SharedCache : $"package {Cpus[0].Package} die {Cpus[0].Die}";
    }

    private sealed record Cache(int Node, bool IsHosts, IReadOnlyList<Core> Cores);
}
