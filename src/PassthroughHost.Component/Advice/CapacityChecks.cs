using PassthroughInfra.Component.Concerns.Isolation;
using PassthroughInfra.Component.Concerns.Memory;
using PassthroughInfra.Component.Facts;
using PassthroughInfra.Component.Planning;
using PassthroughInfra.Component.Preconditions;
using PassthroughInfra.Component.Spec;

namespace PassthroughInfra.Component.Advice;

/// <summary>Processors, memory and huge pages for a guest.</summary>
internal static class CapacityChecks
{
    // Windows 11 asks for 4 GiB.
    private const long EnoughKiB = 4 * 1048576;

    public static IEnumerable<Check> Of(HostFacts facts, PinningPlan pinning)
    {
        yield return pinning.Order.Count > 0
            ? new(CheckArea.Cpu, "pinning", Verdict.Good, $"a guest would have {pinning.Explanation}")
            : new(CheckArea.Cpu, "pinning", Verdict.Caution, $"no CPU can be pinned: {pinning.Explanation}", "a guest shares the processor with the host");

        var memory = facts.Memory;
        var room = Math.Max(0, memory.TotalKiB - HugePagePlanner.ReserveKiB(memory));
        yield return new(
            CheckArea.Memory,
            "memory",
            room >= EnoughKiB ? Verdict.Good : Verdict.Caution,
            $"{Amounts.OfKiB(memory.TotalKiB)}; {Amounts.OfKiB(room)} for guests beside the host's own {Amounts.OfKiB(HugePagePlanner.ReserveKiB(memory))}",
            room >= EnoughKiB ? "" : "Windows 11 asks for 4 GiB");
        yield return Pages(facts, HugePageSize.TwoMebibytes, room);
        yield return Pages(facts, HugePageSize.OneGibibyte, room);
    }

    private static Check Pages(HostFacts facts, HugePageSize pages, long room)
    {
        var (size, word) = (pages.KiB(), pages.Word());
        var memory = facts.Memory;
        var id = $"huge-pages-{word.ToLowerInvariant()}";
        if (memory.Nodes.All(n => n.HugePages.Count == 0))
        {
            return new(CheckArea.Memory, id, Verdict.Unknown, "the kernel shows no huge pages of any size", "it may be built without them (CONFIG_HUGETLBFS)");
        }

        if (!memory.Nodes.SelectMany(n => n.HugePages).Any(p => p.SizeKiB == size))
        {
            return new(CheckArea.Memory, id, Verdict.Note, $"this machine has no pages of {word}", pages == HugePageSize.OneGibibyte && SystemPreconditions.IsX86(facts.System) ? "its CPU lacks the flag pdpe1gb; pages of 2M do" : "");
        }

        // What pages of the other size take away is not there for these.
        var taken = memory.Nodes.SelectMany(n => n.HugePages).Where(p => p.SizeKiB != size).Sum(p => p.Count * p.SizeKiB);
        var most = Math.Max(0, room - taken) / size;
        var there = HugePagePlanner.Live(memory, size, null);
        var nodes = memory.Nodes.Count > 1 ? $"; free now {string.Join(", ", memory.Nodes.Select(n => $"{Amounts.OfKiB(n.FreeKiB)} on node {n.Number}"))}" : "";
        return new(
            CheckArea.Memory,
            id,
            most > 0 ? Verdict.Good : Verdict.Note,
            $"up to {most} pages of {word} ({Amounts.OfKiB(most * size)}){(there > 0 ? $", {there} are there now" : "")}{nodes}",
            most > 0 && pages == HugePageSize.OneGibibyte ? "allocated by the kernel at boot, while memory is whole" : "");
    }
}
