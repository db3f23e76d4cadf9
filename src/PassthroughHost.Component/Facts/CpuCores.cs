namespace PassthroughInfra.Component.Facts;

/// <summary>One core with its online threads.</summary>
/// <param name="Threads">Its logical CPUs, by number.</param>
/// <param name="Kind">What kind of core it is, where the processor has several.</param>
public sealed record CpuCore(IReadOnlyList<LogicalCpu> Threads, CoreKind Kind)
{
    /// <summary>The lowest number of its CPUs.</summary>
    public int First => Threads[0].Number;

    /// <summary>Its NUMA node.</summary>
    public int Node => Threads[0].Node;

    /// <summary>What tells its L3 cache (or, where that is not known, its die) from others.</summary>
    public string Cache => Threads[0].SharedCache.Length > 0 ? Threads[0].SharedCache : $"package {Threads[0].Package} die {Threads[0].Die} node {Threads[0].Node}";
}

/// <summary>
/// Which logical CPUs are one core. The kernel says it itself (<c>core_cpus_list</c>). Facts from before that was read have the core's number
/// alone, which is unique in a die only; some dies of one package have no number of their own, so the node and the cache count too. Small cores
/// beside the L3 cache (Intel's low-power ones) are told by that: some kernels count them among the others.
/// Source: Linux <c>Documentation/admin-guide/cputopology.rst</c>.
/// </summary>
public static class CpuCores
{
    /// <summary>The cores with a thread that is online, by their first CPU.</summary>
    public static IReadOnlyList<CpuCore> Of(CpuFacts cpu)
    {
        var groups = cpu.Cpus.Where(c => c.Online).GroupBy(Key).Select(g => g.OrderBy(c => c.Number).ToList()).OrderBy(g => g[0].Number).ToList();
        var said = groups.Any(g => g[0].Kind != CoreKind.Unknown);
        var most = groups.Select(g => g.Count).DefaultIfEmpty(1).Max();
        var fastest = groups.Select(g => g[0].Capacity).DefaultIfEmpty(0).Max();

        // Where the kernel does not name the kinds, its capacities tell them: favoured cores of one kind are a few per cent apart, kinds a third.
        var unequal = !said && groups.Any(g => IsSlow(g[0], fastest));

        // Else Intel's fast cores with two threads among others with one are known by that.
        var mixed = !said && !unequal && cpu.Vendor == "GenuineIntel" && groups.Select(g => g.Count).Distinct().Count() > 1;
        bool? Slow(List<LogicalCpu> core) => unequal ? IsSlow(core[0], fastest) : mixed ? core.Count < most : null;
        var cached = groups.Any(g => g[0].SharedCache.Length > 0);
        return
        [
            .. groups.Select(g => new CpuCore(g, Slow(g) switch { true => CoreKind.Efficient, false => CoreKind.Performance, null => g[0].Kind }))
                .Select(c => c.Kind == CoreKind.Efficient && cached && c.Threads[0].SharedCache.Length == 0 ? c with { Kind = CoreKind.LowPower } : c),
        ];
    }

    private static bool IsSlow(LogicalCpu cpu, int fastest) => cpu.Capacity > 0 && cpu.Capacity * 5 < fastest * 4;

    /// <summary>What two CPUs have in common if they are threads of one core. Where an offline CPU belongs is not known, so it is by itself.</summary>
    public static string Key(LogicalCpu cpu) =>
        !cpu.Online ? $"offline {cpu.Number}"
        : cpu.Siblings.Length > 0 ? cpu.Siblings
        : $"{cpu.Package}.{cpu.Die}.{cpu.Core} node {cpu.Node} cache {cpu.SharedCache}";
}
