using PassthroughInfra.Component.Facts;
using PassthroughInfra.Component.Planning;
using PassthroughInfra.Component.Spec;

namespace PassthroughInfra.Component.Concerns.Memory;

/// <summary>Whether the wanted huge pages fit into the machine, and how the kernel is asked for them.</summary>
public static class HugePagePlanner
{
    private const string Subject = "machine.hugePages";
    private const long LargestReserveKiB = 2 * 1048576;

    // hugepages=<node>:<count> came with Linux 5.16 (kernel-parameters.txt).
    private static readonly Version NodesOnCommandLine = new(5, 16);

    /// <summary>What the kernel command line asks for; empty for pages that are allocated at run time.</summary>
    public static IReadOnlyList<string> KernelArguments(HugePagesSpec? pages) =>
        pages is not { AtBoot: true } || pages.Total == 0
            ? []
            : [$"hugepagesz={pages.Size.Word()}", "hugepages=" + (pages.Nodes is { } nodes ? string.Join(',', nodes.OrderBy(n => n.Key).Select(n => $"{n.Key}:{n.Value}")) : $"{pages.Total}")];

    /// <summary>What the host must keep for itself: 2 GiB, or a quarter of a smaller memory.</summary>
    public static long ReserveKiB(MemoryFacts memory) => Math.Min(LargestReserveKiB, memory.TotalKiB / 4);

    /// <summary>How many pages of a size there are, on one node or (null) in all.</summary>
    public static long Live(MemoryFacts memory, long sizeKiB, int? node) =>
        memory.Nodes.Where(n => node is null || n.Number == node).SelectMany(n => n.HugePages).Where(h => h.SizeKiB == sizeKiB).Sum(h => h.Count);

    /// <summary>Whether the pages fit, in all and on each node.</summary>
    public static IEnumerable<Finding> Check(HugePagesSpec pages, HostFacts facts)
    {
        var memory = facts.Memory;
        if (memory.Nodes.Any(n => n.HugePages.Count > 0) && !memory.Nodes.SelectMany(n => n.HugePages).Any(h => h.SizeKiB == pages.SizeKiB))
        {
            yield return new(Severity.Error, $"{Subject}.size", $"this machine has no pages of {pages.Size.Word()}", "its CPU lacks the flag pdpe1gb: take size 2M");
            yield break;
        }

        // What pages of the other size take away is not there for these.
        var other = memory.Nodes.SelectMany(n => n.HugePages).Where(h => h.SizeKiB != pages.SizeKiB).Sum(h => h.Count * h.SizeKiB);
        var room = memory.TotalKiB - ReserveKiB(memory) - other;
        if (pages.Total * pages.SizeKiB > room)
        {
            yield return new(
                Severity.Error,
                $"{Subject}.{(pages.Nodes is null ? "count" : "nodes")}",
                $"{pages.Total} pages of {pages.Size.Word()} are {Amounts.OfKiB(pages.Total * pages.SizeKiB)}, and the machine has {Amounts.OfKiB(memory.TotalKiB)}",
                $"at most {Math.Max(0, room / pages.SizeKiB)} pages, which leaves {Amounts.OfKiB(ReserveKiB(memory))} for the host");
        }

        foreach (var finding in (pages.Nodes ?? new Dictionary<int, int>()).OrderBy(n => n.Key).SelectMany(n => Node(pages, n.Key, n.Value, facts)))
        {
            yield return finding;
        }

        if (pages.Nodes is null && memory.Nodes.Count > 1)
        {
            yield return new(Severity.Info, Subject, $"the kernel spreads the {pages.Total} pages over {memory.Nodes.Count} NUMA nodes, about {pages.Total / memory.Nodes.Count} each", "name nodes where the guest runs on one of them");
        }

        foreach (var finding in pages.AtBoot ? AtBoot(pages, facts) : AtRunTime(pages, memory))
        {
            yield return finding;
        }
    }

    private static IEnumerable<Finding> Node(HugePagesSpec pages, int number, int count, HostFacts facts)
    {
        var path = $"{Subject}.nodes.{number}";
        if (facts.Memory.Nodes.FirstOrDefault(n => n.Number == number) is not { } node)
        {
            yield return new(Severity.Error, path, $"there is no NUMA node {number}", $"this machine has {string.Join(", ", facts.Memory.Nodes.Select(n => n.Number))} (lscpu)");
            yield break;
        }

        var room = node.TotalKiB - (ReserveKiB(facts.Memory) / facts.Memory.Nodes.Count) - node.HugePages.Where(h => h.SizeKiB != pages.SizeKiB).Sum(h => h.Count * h.SizeKiB);
        if (count * pages.SizeKiB > room)
        {
            yield return new(
                Severity.Error,
                path,
                $"{count} pages of {pages.Size.Word()} are {Amounts.OfKiB(count * pages.SizeKiB)}, and node {number} has {Amounts.OfKiB(node.TotalKiB)}",
                $"at most {Math.Max(0, room / pages.SizeKiB)} pages on this node, which leaves the host its share");
        }
        else if (!pages.AtBoot && (count - Live(facts.Memory, pages.SizeKiB, number)) * pages.SizeKiB > node.FreeKiB)
        {
            yield return new(Severity.Warning, path, $"node {number} has only {Amounts.OfKiB(node.FreeKiB)} free now", "allocation may fall short; stop what uses memory there, or set allocate: boot");
        }
    }

    private static IEnumerable<Finding> AtRunTime(HugePagesSpec pages, MemoryFacts memory)
    {
        var more = pages.Nodes is null ? pages.Total - Live(memory, pages.SizeKiB, null) : 0;
        if (more * pages.SizeKiB > memory.AvailableKiB)
        {
            yield return new(Severity.Warning, Subject, $"{more} more pages are {Amounts.OfKiB(more * pages.SizeKiB)}, and {Amounts.OfKiB(memory.AvailableKiB)} are free now", "allocation may fall short; stop what uses memory, or set allocate: boot");
        }
    }

    private static IEnumerable<Finding> AtBoot(HugePagesSpec pages, HostFacts facts)
    {
        if (pages.Nodes is not null && Version.TryParse(string.Join('.', facts.Boot.Kernel.Split('.', '-').Take(2)), out var kernel) && kernel < NodesOnCommandLine)
        {
            yield return new(Severity.Error, $"{Subject}.nodes", $"Linux {facts.Boot.Kernel} cannot be told at boot which node pages go to", "give count instead, or allocate: runtime, or Linux 5.16 and later");
        }

        var live = Live(facts.Memory, pages.SizeKiB, null);
        if (live < pages.Total && KernelArguments(pages).All(facts.Boot.Arguments().Contains))
        {
            yield return new(Severity.Warning, Subject, $"this boot asked for {pages.Total} pages of {pages.Size.Word()} and got {live}", "memory is too small or too split up by devices: take fewer");
        }
    }
}
