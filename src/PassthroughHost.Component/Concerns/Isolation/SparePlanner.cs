using PassthroughInfra.Component.Facts;

namespace PassthroughInfra.Component.Concerns.Isolation;

/// <summary>Cores under one L3 cache.</summary>
/// <param name="Node">Its NUMA node.</param>
/// <param name="IsHosts">Whether the core of CPU 0 is under it too.</param>
/// <param name="Cores">The cores that can be spared.</param>
internal sealed record CoreCache(int Node, bool IsHosts, IReadOnlyList<CpuCore> Cores);

/// <summary>The cores a guest is given where nobody says how many.</summary>
/// <param name="Cores">The cores, those to be taken first in front.</param>
/// <param name="Caches">What there was to choose from.</param>
internal sealed record SpareCores(IReadOnlyList<CpuCore> Cores, IReadOnlyList<CoreCache> Caches);

/// <summary>
/// How many cores a guest is given where nobody says it: most of those of one NUMA node, the device's where it has one. The host keeps the
/// core of CPU 0, and on its node a quarter of the cores. One L3 cache of the guest's own is worth more than a few cores, if it holds half of
/// what can be spared; else the guest has several, whole ones as long as they fit. Fast cores go first, and those that save power never.
/// </summary>
internal static class SparePlanner
{
    /// <summary>Chooses; there are two cores at least.</summary>
    public static SpareCores Choose(IReadOnlyList<CpuCore> cores, int? preferredNode)
    {
        var host = cores[0];
        var usable = cores.Where(c => c.Kind != CoreKind.LowPower).ToList();
        var free = usable.Where(c => c != host).ToList();
        if (free.Count == 0)
        {
            free = [.. cores.Skip(1)];
            usable = [.. cores];
        }

        var node = free.Any(c => c.Node == preferredNode) ? preferredNode!.Value
            : free.GroupBy(c => c.Node).OrderByDescending(g => g.Sum(c => c.Threads.Count)).ThenBy(g => g.Key == host.Node).ThenByDescending(g => g.Key).First().Key;
        var near = free.Where(c => c.Node == node).ToList();
        var all = usable.Count(c => c.Node == node);
        var most = Math.Max(1, Math.Min(near.Count, node == host.Node ? all - ((all + 3) / 4) : all));
        var enough = Math.Min(most, (near.Count + 1) / 2);
        var caches = near.GroupBy(c => c.Cache)
            .Select(g => new CoreCache(node, node == host.Node && g.Key == host.Cache, [.. g.OrderByDescending(Speed).ThenByDescending(c => c.First)]))
            .OrderBy(c => c.IsHosts)
            .ThenByDescending(c => c.Cores.Count)
            .ThenByDescending(c => c.Cores[0].First)
            .ToList();

        if (near.Select(Speed).Distinct().Count() > 1)
        {
            var fast = near.Count(c => Speed(c) == near.Max(Speed));
            return new([.. caches.SelectMany(c => c.Cores).OrderByDescending(Speed).ThenByDescending(c => c.First).Take(Math.Clamp(fast, enough, most))], caches);
        }

        if (caches.FirstOrDefault(c => c.Cores.Count >= enough) is { } one)
        {
            return new([.. one.Cores.Take(most)], caches);
        }

        var whole = new List<CpuCore>();
        foreach (var cache in caches.Where(c => whole.Count + c.Cores.Count <= most))
        {
            whole.AddRange(cache.Cores);
        }

        return new([.. whole.Concat(caches.SelectMany(c => c.Cores).Except(whole).Take(Math.Max(0, enough - whole.Count)))], caches);
    }

    private static int Speed(CpuCore core) => core.Kind == CoreKind.Efficient ? 0 : 1;
}
