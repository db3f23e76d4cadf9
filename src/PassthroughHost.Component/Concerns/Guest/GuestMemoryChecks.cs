using PassthroughInfra.Component.Concerns.Memory;
using PassthroughInfra.Component.Facts;
using PassthroughInfra.Component.Planning;
using PassthroughInfra.Component.Spec;

namespace PassthroughInfra.Component.Concerns.Guest;

/// <summary>Whether a guest's memory fits into the machine's, in all and on each NUMA node.</summary>
internal static class GuestMemoryChecks
{
    /// <summary>Everything that was found.</summary>
    public static IEnumerable<Finding> Check(DeclaredGuest declared, HostFacts facts, GuestPinning pinning)
    {
        var guest = declared.Spec;
        var known = facts.Memory.Nodes.Select(n => n.Number).ToList();
        var missing = guest.MemoryBacking.Numa.Nodes.Cpus.Where(n => known.Count > 0 && !known.Contains(n)).ToList();
        if (missing.Count > 0)
        {
            return [new(Severity.Error, $"{declared.Subject}.memoryBacking.numa", $"the host has no NUMA node {new CpuSet(missing)}", $"it has {new CpuSet(known)} (lscpu)")];
        }

        return DomainCpu.HasHugePages(declared) ? HugePages(declared, facts, pinning) : Ordinary(declared, facts, pinning);
    }

    private static IEnumerable<Finding> Ordinary(DeclaredGuest declared, HostFacts facts, GuestPinning pinning)
    {
        var (spec, guest) = declared;
        var subject = $"{declared.Subject}.memory";
        var pages = Pages(spec, facts);
        var room = facts.Memory.TotalKiB - HugePagePlanner.ReserveKiB(facts.Memory) - pages.Sum(p => p.Value * PageKiB(spec));
        if (guest.Memory.KiB > room)
        {
            var aside = pages.Values.Sum() * PageKiB(spec);
            yield return new(
                Severity.Error,
                subject,
                $"{guest.Memory} do not fit: the host has {Amounts.OfKiB(facts.Memory.TotalKiB)}{(aside > 0 ? $", of which {Amounts.OfKiB(aside)} are huge pages that this guest does not use" : "")}",
                $"at most {MemorySize.FromKiB(Math.Max(0, room) / 1024 * 1024)}, which leaves {Amounts.OfKiB(HugePagePlanner.ReserveKiB(facts.Memory))} for the host");
            yield break;
        }

        foreach (var (node, needed) in PerNode(declared, facts, pinning))
        {
            if (facts.Memory.Nodes.FirstOrDefault(n => n.Number == node) is { } has && needed > has.TotalKiB - (pages.GetValueOrDefault(node) * PageKiB(spec)))
            {
                yield return new(
                    Severity.Error,
                    subject,
                    $"{Amounts.OfKiB(needed)} of it are to be on NUMA node {node}, which has {Amounts.OfKiB(has.TotalKiB)}",
                    "take less memory, pin vCPUs to several nodes, or write memoryBacking: { numa: none }");
            }
        }
    }

    private static IEnumerable<Finding> HugePages(DeclaredGuest declared, HostFacts facts, GuestPinning pinning)
    {
        var (spec, guest) = declared;
        var subject = $"{declared.Subject}.memory";
        var (size, word) = (PageKiB(spec), PageSize(spec).Word());
        var pages = Pages(spec, facts);
        var needed = (guest.Memory.KiB + size - 1) / size;
        if (guest.Memory.KiB % size != 0)
        {
            yield return new(Severity.Error, subject, $"{guest.Memory} is no whole number of huge pages of {word}", $"write {MemorySize.FromKiB(needed * size)}");
        }

        if (needed > pages.Values.Sum())
        {
            yield return new(
                Severity.Error,
                subject,
                $"{guest.Memory} are {needed} huge pages of {word}, and there are {pages.Values.Sum()}{(spec.HugePages is null ? " on the host" : " in machine.hugePages")}: the guest could not start",
                $"write machine.hugePages: {{ size: {word}, count: {needed} }}, less memory, or memoryBacking: {{ hugePages: false }}");
            yield break;
        }

        foreach (var (node, amount) in PerNode(declared, facts, pinning))
        {
            var there = pages.GetValueOrDefault(node);
            if ((amount + size - 1) / size > there)
            {
                yield return new(
                    Severity.Error,
                    subject,
                    $"{Amounts.OfKiB(amount)} of it are to be on NUMA node {node}, where {there} huge pages of {word} ({Amounts.OfKiB(there * size)}) are{(spec.HugePages?.Nodes is null ? ": the kernel spreads them over the nodes" : "")}",
                    $"write machine.hugePages: {{ size: {word}, nodes: {{ {node}: {(amount + size - 1) / size} }} }}");
            }
        }
    }

    // How many huge pages each node has or will have.
    private static Dictionary<int, long> Pages(MachineSpec spec, HostFacts facts)
    {
        var size = PageKiB(spec);
        var nodes = facts.Memory.Nodes.Select(n => n.Number).DefaultIfEmpty(0).ToList();
        return spec.HugePages is not { } pages ? nodes.ToDictionary(n => n, n => HugePagePlanner.Live(facts.Memory, size, n))
            : pages.Nodes is { } named ? nodes.ToDictionary(n => n, n => named.TryGetValue(n, out var count) ? count : HugePagePlanner.Live(facts.Memory, size, n))
            : nodes.ToDictionary(n => n, n => (pages.Total / nodes.Count) + (n == nodes[0] ? pages.Total % nodes.Count : 0));
    }

    // Without a size, libvirt takes the kernel's default, which is 2 MiB on x86-64.
    private static HugePageSize PageSize(MachineSpec spec) => spec.HugePages?.Size ?? HugePageSize.TwoMebibytes;

    private static long PageKiB(MachineSpec spec) => PageSize(spec).KiB();

    // What must be on one node: the guest's own nodes, or all of it where it is on one.
    private static IEnumerable<(int Node, long KiB)> PerNode(DeclaredGuest guest, HostFacts facts, GuestPinning pinning)
    {
        var cells = DomainCpu.Cells(guest, facts, pinning);
        return cells.Count > 0 ? cells.Select(c => (c.Node, c.MemoryKiB))
            : pinning.Nodes.Cpus is { Count: 1 } only ? [(only.First(), guest.Spec.Memory.KiB)]
            : [];
    }
}
