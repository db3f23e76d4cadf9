using FsCheck;
using FsCheck.Fluent;
using FsCheck.Xunit;
using PassthroughInfra.Component.Concerns.Isolation;
using PassthroughInfra.Component.Facts;
using PassthroughInfra.Component.Spec;

namespace PassthroughInfra.Component.Tests;

/// <summary>What holds of the pinning planner's choice on any machine.</summary>
public sealed class PinningPropertyTests
{
    /// <summary>A machine and what is asked of it.</summary>
    public sealed record Request(CpuFacts Cpu, int? Count, int Threads, int? Node)
    {
        public PinningPlan Plan() => PinningPlanner.Plan(Cpu, Count, Threads, Node);

        public ILookup<(int Package, int Die, int Core), int> Cores() => Cpu.Cpus.Where(c => c.Online).ToLookup(c => (c.Package, c.Die, c.Core), c => c.Number);

        public override string ToString() => $"{Count} CPUs, {Threads} threads, node {Node}: {string.Join(' ', Cpu.Cpus.Select(c => $"{c.Number}={c.Package}/{c.Core}@{c.Node}[{c.SharedCache}]{(c.Online ? "" : "off")}"))}";
    }

    public static class Machines
    {
        // One or two sockets, SMT or not, several caches, single threads switched off, hybrid cores: numbered as Linux does.
        public static Arbitrary<Request> Requests() =>
            (from sockets in Gen.Choose(1, 2)
             from cores in Gen.Choose(1, 10)
             from threads in Gen.Choose(1, 2)
             from cache in Gen.Choose(1, 10)
             from single in Gen.Choose(0, 4)
             from off in Gen.Choose(0, 20).Select(n => n < 15 ? -1 : n - 14)
             from count in Gen.Choose(0, 24).Select(n => n == 0 ? (int?)null : n)
             from wanted in Gen.Elements(1, 2, int.MaxValue)
             from node in Gen.Elements<int?>(null, -1, 0, 1)
             select new Request(Machine(sockets, cores, threads, cache, single, off), count, wanted, node)).ToArbitrary();

        private static CpuFacts Machine(int sockets, int cores, int threads, int cache, int single, int off)
        {
            var all = sockets * cores;
            var cpus = Enumerable.Range(0, threads).SelectMany(t => Enumerable.Range(0, all).Where(c => t == 0 || c < all - single).Select(c => (Core: c, Thread: t))).ToList();
            return new()
            {
                Vendor = "AuthenticAMD",
                Cpus = [.. cpus.Select((c, n) => new LogicalCpu { Number = n, Core = c.Core, Package = c.Core / cores, Node = c.Core / cores, SharedCache = $"{c.Core / cores}.{c.Core % cores / cache}", Online = n == 0 || n != off })],
            };
        }
    }

    [Property(Arbitrary = [typeof(Machines)], MaxTest = 500)]
    public void The_core_of_CPU_0_stays_the_hosts(Request request)
    {
        var host = request.Cores().First(c => c.Contains(0)).ToHashSet();
        Assert.DoesNotContain(request.Plan().Order, host.Contains);
    }

    [Property(Arbitrary = [typeof(Machines)], MaxTest = 500)]
    public void Every_CPU_is_online_and_chosen_once(Request request)
    {
        var plan = request.Plan();
        Assert.Equal(plan.Order.Distinct(), plan.Order);
        Assert.Equal(new CpuSet(plan.Order), plan.Cpus);
        Assert.All(plan.Order, chosen => Assert.Contains(request.Cpu.Cpus, c => c.Online && c.Number == chosen));
    }

    [Property(Arbitrary = [typeof(Machines)], MaxTest = 500)]
    public void As_many_as_were_asked_for_or_none_with_the_reason(Request request)
    {
        var plan = request.Plan();
        Assert.NotEmpty(plan.Explanation);
        if (plan.Order.Count > 0)
        {
            Assert.Equal(request.Count ?? plan.Order.Count, plan.Order.Count);
        }
        else
        {
            var others = request.Cores().Where(c => !c.Contains(0)).ToList();
            var each = Math.Min(request.Threads, others.Select(c => c.Count()).DefaultIfEmpty(1).Min());
            Assert.True(others.Count == 0 || (request.Count + each - 1) / each > others.Count, $"{request}: {plan.Explanation}");
        }
    }

    [Property(Arbitrary = [typeof(Machines)], MaxTest = 500)]
    public void Siblings_of_a_core_follow_each_other(Request request)
    {
        var core = request.Cores().SelectMany(c => c.Select(n => (n, c.Key))).ToDictionary(c => c.n, c => c.Key);
        var runs = request.Plan().Order.Select(c => core[c]).Aggregate(new List<(int, int, int)>(), (seen, next) => seen.Count > 0 && seen[^1] == next ? seen : [.. seen, next]);
        Assert.Equal(runs.Distinct(), runs);
    }

    [Property(Arbitrary = [typeof(Machines)], MaxTest = 500)]
    public void No_cache_is_left_where_one_would_do(Request request)
    {
        var plan = request.Plan();
        var cpus = request.Cpu.Cpus.ToDictionary(c => c.Number);
        var caches = plan.Order.Select(c => cpus[c].SharedCache).Distinct().ToList();
        if (caches.Count > 1)
        {
            // Then no single cache has so many whole cores to spare.
            var cores = plan.Order.Select(c => (cpus[c].Package, cpus[c].Core)).Distinct().Count();
            var host = (cpus[0].Package, cpus[0].Core);
            var fewest = plan.Order.GroupBy(c => (cpus[c].Package, cpus[c].Core)).Max(g => g.Count());
            var spare = request.Cpu.Cpus.Where(c => c.Online && (c.Package, c.Core) != host).GroupBy(c => (c.Package, c.Core)).Where(g => g.Count() >= fewest)
                .GroupBy(g => g.First().SharedCache).Where(g => request.Node is null or < 0 || g.First().First().Node == request.Node).Select(g => g.Count());
            Assert.DoesNotContain(spare, s => s > cores);
        }
    }
}
