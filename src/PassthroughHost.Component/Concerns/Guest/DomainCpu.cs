using System.Xml.Linq;
using PassthroughInfra.Component.Facts;
using PassthroughInfra.Component.Spec;

namespace PassthroughInfra.Component.Concerns.Guest;

/// <summary>Processors, their pins, and memory with its NUMA nodes.</summary>
internal static class DomainCpu
{
    private const long CellAlignmentKiB = 2048;

    /// <summary><c>memoryBacking</c>; null where there is nothing to say.</summary>
    public static XElement? MemoryBacking(DeclaredGuest declared)
    {
        var (spec, guest) = declared;
        var backing = guest.MemoryBacking;
        XElement?[] content =
        [
            HasHugePages(declared)
                ? new("hugepages", spec.HugePages is { } pages ? new XElement("page", new XAttribute("size", pages.SizeKiB), new XAttribute("unit", "KiB")) : null)
                : null,
            backing.NoSharePages ? new("nosharepages") : null,
            backing.Locked ? new("locked") : null,
        ];
        return content.All(c => c is null) ? null : new("memoryBacking", content);
    }

    /// <summary>Whether the guest's memory is made of huge pages.</summary>
    public static bool HasHugePages(DeclaredGuest guest) => guest.Spec.MemoryBacking.HugePages ?? guest.Machine.HugePages is { Total: > 0 };

    /// <summary><c>cputune</c>; null where nothing is pinned.</summary>
    public static XElement? Tune(GuestPinning pinning)
    {
        XElement?[] content =
        [
            .. pinning.Vcpus.Select((set, i) => new XElement("vcpupin", new XAttribute("vcpu", i), new XAttribute("cpuset", set))),
            pinning.Emulator is { } emulator ? new("emulatorpin", new XAttribute("cpuset", emulator)) : null,
            .. pinning.IoThreads.Select((set, i) => set is null ? null : new XElement("iothreadpin", new XAttribute("iothread", i + 1), new XAttribute("cpuset", set))),
        ];
        return content.All(c => c is null) ? null : new("cputune", content);
    }

    /// <summary><c>numatune</c>; null where the kernel chooses.</summary>
    public static XElement? NumaTune(DeclaredGuest guest, HostFacts? facts, GuestPinning pinning) =>
        pinning.Nodes.Cpus.Count == 0 ? null : new(
            "numatune",
            new XElement("memory", new XAttribute("mode", "strict"), new XAttribute("nodeset", pinning.Nodes)),
            Cells(guest, facts, pinning).Select((c, i) => new XElement("memnode", new XAttribute("cellid", i), new XAttribute("mode", "strict"), new XAttribute("nodeset", c.Node))));

    /// <summary><c>cpu</c>.</summary>
    public static XElement Cpu(DeclaredGuest declared, HostFacts? facts, GuestPinning pinning)
    {
        var (guest, cpus) = (declared.Spec, declared.Spec.Cpus);
        var kvm = guest.Type == GuestType.Kvm;
        var cells = Cells(declared, facts, pinning);
        return new(
            "cpu",
            // Only KVM can give the host's own processor; the emulator gives all it can emulate.
            new XAttribute("mode", kvm ? "host-passthrough" : "maximum"),
            new XAttribute("check", "none"),
            new XAttribute("migratable", "on"),
            new XElement(
                "topology",
                new XAttribute("sockets", cpus.Sockets),
                new XAttribute("dies", cpus.Dies),
                new XAttribute("cores", cpus.Cores),
                new XAttribute("threads", cpus.Threads)),
            kvm && (cpus.HostCache ?? pinning.Vcpus.Count > 0) ? new XElement("cache", new XAttribute("mode", "passthrough")) : null,
            kvm && (cpus.TopoExt ?? (cpus.Threads > 1 && facts?.Cpu.Vendor == "AuthenticAMD")) ? Feature("require", "topoext") : null,
            cpus.Features.OrderBy(f => f.Key, StringComparer.Ordinal).Select(f => Feature(f.Value.ToString().ToLowerInvariant(), f.Key)),
            cells.Count == 0 ? null : new XElement("numa", cells.Select((c, i) => new XElement(
                "cell",
                new XAttribute("id", i),
                new XAttribute("cpus", c.Vcpus),
                new XAttribute("memory", c.MemoryKiB),
                new XAttribute("unit", "KiB")))));
    }

    /// <summary>
    /// The guest's own NUMA nodes, one for each of the host's nodes it is spread over; none where it is on one node, or where a vCPU's pin
    /// spans nodes.
    /// </summary>
    public static IReadOnlyList<GuestCell> Cells(DeclaredGuest declared, HostFacts? facts, GuestPinning pinning)
    {
        if (facts is null || pinning.Nodes.Cpus.Count < 2)
        {
            return [];
        }

        var nodes = facts.Cpu.Cpus.ToDictionary(c => c.Number, c => c.Node);
        var places = pinning.Vcpus.Select(v => v.Cpus.Select(c => nodes.GetValueOrDefault(c, -1)).Distinct().ToList()).ToList();
        if (places.Count == 0 || places.Any(p => p is not [var only] || !pinning.Nodes.Contains(only)))
        {
            return [];
        }

        var groups = places.Select((p, vcpu) => (Node: p[0], Vcpu: vcpu)).GroupBy(p => p.Node).OrderBy(g => g.Key).ToList();
        var unit = Math.Max(CellAlignmentKiB, HasHugePages(declared) ? declared.Machine.HugePages?.SizeKiB ?? 0 : 0);
        var total = declared.Spec.Memory.KiB;
        var cells = new List<GuestCell>();
        foreach (var group in groups)
        {
            var share = total * group.Count() / places.Count / unit * unit;
            cells.Add(new(group.Key, new(group.Select(p => p.Vcpu)), group == groups[^1] ? total - cells.Sum(c => c.MemoryKiB) : share));
        }

        return cells.Count < 2 ? [] : cells;
    }

    private static XElement Feature(string policy, string name) => new("feature", new XAttribute("policy", policy), new XAttribute("name", name));
}

/// <summary>One NUMA node of the guest.</summary>
/// <param name="Node">The host's node its memory is on.</param>
/// <param name="Vcpus">Its vCPUs.</param>
/// <param name="MemoryKiB">Its memory in KiB.</param>
internal sealed record GuestCell(int Node, CpuSet Vcpus, long MemoryKiB);
