using PassthroughInfra.Component.Concerns.Isolation;
using PassthroughInfra.Component.Facts;

namespace PassthroughInfra.Component.Tests;

/// <summary>Which CPUs the planner chooses on machines of several shapes.</summary>
public sealed class PinningPlannerTests
{
    [Theory]
    [InlineData("i5-9600", 4, 1, null, "2-5", "4 of 6 cores")]
    [InlineData("i5-9600", null, 1, null, "2-5", "stay the host's")]
    [InlineData("i5-9600", 5, 1, null, "1-5", "CPU 0")]
    [InlineData("i5-9600", 6, 1, null, "", "the core of CPU 0 stays the host's")]
    [InlineData("ryzen", 8, 2, null, "4-7,12-15", "the host's own core does not share")]
    [InlineData("ryzen", null, 2, null, "4-7,12-15", "one L3 cache")]
    [InlineData("ryzen", 12, 2, null, "2-7,10-15", "several L3 caches")]
    [InlineData("ryzen", 4, 1, null, "4-7", "one L3 cache")]
    [InlineData("two sockets", 8, 2, 1, "12-15,28-31", "NUMA node 1, the device's")]
    [InlineData("two sockets", 8, 2, 0, "4-7,20-23", "NUMA node 0, the device's")]
    [InlineData("two sockets", null, 2, 1, "8-15,24-31", "8 of 16 cores")]
    [InlineData("laptop", 4, 2, null, "2-3,6-7", "2 of 4 cores")]
    [InlineData("laptop", 8, 2, null, "", "3 of 4 are to be had")]
    public void Whole_cores_near_the_device_are_chosen_and_the_host_keeps_one(string machine, int? count, int threads, int? node, string cpus, string reason)
    {
        var plan = PinningPlanner.Plan(Machine(machine), count, threads, node);
        Assert.Equal(cpus, plan.Cpus.ToString());
        Assert.Contains(reason, plan.Explanation, StringComparison.Ordinal);
    }

    [Fact]
    public void Siblings_follow_each_other_in_the_order_of_vcpus() =>
        Assert.Equal([2, 6, 3, 7], PinningPlanner.Plan(Machine("laptop"), 4, 2, null).Order);

    private static CpuFacts Machine(string name) => name switch
    {
        "i5-9600" => Cpu(6, 1, 6, 1),
        "ryzen" => Cpu(8, 2, 4, 1),
        "two sockets" => Cpu(16, 2, 8, 2),
        _ => Cpu(4, 2, 4, 1),
    };

    // Numbered as Linux does: first one thread of every core, then their siblings.
    private static CpuFacts Cpu(int cores, int threads, int coresPerCache, int sockets) => new()
    {
        Vendor = "GenuineIntel",
        Cpus = [.. Enumerable.Range(0, cores * threads).Select(n => new LogicalCpu
        {
            Number = n,
            Core = n % cores,
            Package = n % cores * sockets / cores,
            Node = n % cores * sockets / cores,
            SharedCache = $"cache {n % cores / coresPerCache}",
        })],
    };
}
