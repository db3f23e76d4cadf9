using PassthroughInfra.Component.Concerns.Memory;
using PassthroughInfra.Component.Facts;
using PassthroughInfra.Component.Planning;
using PassthroughInfra.Component.Spec;

namespace PassthroughInfra.Component.Advice;

/// <summary>The guest of a stack file, and the huge pages for its memory.</summary>
internal sealed class GuestAdvice(StackAdvice advice)
{
    private const long GiB = 1048576;
    private const long UsualGiB = 16;
    private const string Images = "/var/lib/libvirt/images";

    private HostFacts Facts => advice.Facts;

    private AdviceChoices Choices => advice.Choices;

    private List<CpuCore> Cores => [.. CpuCores.Of(Facts.Cpu).Where(c => c.Threads.Any(t => advice.Pinning.Cpus.Contains(t.Number)))];

    /// <summary>The entries of the machine: none where no guest is wanted.</summary>
    public IEnumerable<StackEntry> Entries()
    {
        if (Choices.Guest is not { } name)
        {
            yield break;
        }

        var memory = Memory();
        if (HugePages(memory) is { } pages)
        {
            yield return pages;
        }

        if (advice.Pinning.Order.Count > 0)
        {
            yield return new("isolation", new StackMap([new("cpus", "auto")], Flow: true), "While the guest runs, the host's services and interrupts keep off its CPUs; they have them back afterwards.");
        }

        yield return new("guests", new[] { new StackMap(Guest(name, memory)) }, "The guest. While it is installed it has a SPICE screen and the media; write phase: passthrough when that is done.");
    }

    /// <summary>How much memory a guest on these cores can have at most, in KiB: what the host, or their NUMA node, has to spare.</summary>
    public long RoomKiB()
    {
        var reserve = HugePagePlanner.ReserveKiB(Facts.Memory);
        return Math.Max(0, Node() is { } near ? near.TotalKiB - (reserve / Facts.Memory.Nodes.Count) : Facts.Memory.TotalKiB - reserve);
    }

    private MemorySize Memory()
    {
        if (Choices.Memory is { } chosen)
        {
            return chosen;
        }

        // Half of what can be spared, as the walk-through gives 12 of 32 GiB, and no more than a guest of that many cores uses; Windows 11 asks for four.
        var half = RoomKiB() / 2 / GiB;
        return MemorySize.FromKiB(Math.Clamp(half, 1, Math.Max(UsualGiB, 2 * Cores.Count)) * GiB);
    }

    // The one node that has all the guest's cores, where the machine has several.
    private NodeFacts? Node() =>
        Facts.Memory.Nodes.Count > 1 && Cores.Select(c => c.Node).Distinct().ToList() is [var only] ? Facts.Memory.Nodes.FirstOrDefault(n => n.Number == only && n.TotalKiB > 0) : null;

    private StackEntry? HugePages(MemorySize memory)
    {
        const HugePageSize Size = HugePageSize.TwoMebibytes;
        var count = memory.KiB / Size.KiB();
        var near = Node();
        if (near is not null && RoomKiB() < memory.KiB)
        {
            near = null;
        }

        var spec = new HugePagesSpec { Size = Size, Count = near is null ? (int)count : null, Nodes = near is null ? null : new Dictionary<int, int> { [near.Number] = (int)count } };
        if (memory.KiB % Size.KiB() != 0 || HugePagePlanner.Check(spec, Facts).Any(f => f.Severity == Severity.Error))
        {
            return null;
        }

        var wanted = near is null
            ? new StackMap([new("size", Size.Word()), new("count", count)], Flow: true)
            : new StackMap([new("size", Size.Word()), new("nodes", new StackMap([new($"{near.Number}", count)], Flow: true))], Flow: true);
        return new("hugePages", wanted, $"The guest's {memory} as huge pages{(near is null ? "" : $" on NUMA node {near.Number}, where its CPUs are")}: a small gain; leave it out if the memory is short.");
    }

    private List<StackEntry> Guest(string name, MemorySize memory)
    {
        var windows = Choices.GuestOs != GuestOs.Linux;
        var entries = new List<StackEntry> { new("name", name), new("os", Word(Choices.GuestOs)), new("phase", "install") };
        if (Facts.Cpu.VirtualizationFlag.Length == 0)
        {
            entries.Add(new("type", "qemu", "The processor shows neither vmx nor svm: its CPUs are emulated, which is slow. Enable VT-x or SVM and take this line out."));
        }

        if (advice.Connection.Port != 22 || advice.Connection.Proxy is not null)
        {
            entries.Add(new("managedBy", "command", "Pulumi's libvirt provider reaches port 22 alone, and no bastion; the guest is defined over the commands' own connection."));
        }

        entries.Add(new("memory", memory));
        entries.Add(new("cpus", Cpus(), advice.Pinning.Order.Count == 0 ? $"Not pinned: {advice.Pinning.Explanation}." : $"Pinned to {advice.Pinning.Explanation}."));
        if (!advice.Cards.Any(c => c.Word == "disk"))
        {
            entries.Add(new("disk", new StackMap([new("path", $"{Images}/{name}.qcow2"), new("size", Choices.DiskSize)], Flow: true), "Made where it is missing; never overwritten, shrunk or deleted."));
        }

        var media = new List<StackEntry>();
        if (Choices.InstallIso is { } install)
        {
            media.Add(new("install", install));
        }

        if (Choices.DriversIso is { } drivers)
        {
            media.Add(new("drivers", drivers));
        }

        if (media.Count > 0)
        {
            entries.Add(new("media", new StackMap(media)));
        }
        else
        {
            entries[^1] = entries[^1] with { Comment = Join(entries[^1].Comment, $"To install from, files on the machine:\nmedia: {{ install: /….iso{(windows ? ", drivers: /…/virtio-win.iso" : "")} }}") };
        }

        if (advice.Network.Link is null)
        {
            entries.Add(advice.Network.Bridge.Length > 0
                ? new("interfaces", new[] { new StackMap([new("bridge", advice.Network.Bridge)], Flow: true) }, $"On the bridge of the machine: {advice.Network.Reason}.")
                : new("interfaces", Array.Empty<object>(), $"No network card: no bridge is proposed, because {advice.Network.Reason}."));
        }

        return entries;
    }

    // Cores with unlike numbers of threads cannot be shown as they are: then each CPU is a core of the guest.
    private StackMap Cpus()
    {
        var order = advice.Pinning.Order;
        if (order.Count == 0)
        {
            return new([new("cores", Math.Max(1, Facts.Cpu.Cpus.Count(c => c.Online) - 1))], Flow: true);
        }

        var threads = Cores.Select(c => c.Threads.Count(t => advice.Pinning.Cpus.Contains(t.Number))).Distinct().ToList() is [var alike] ? alike : 1;
        var cpus = new List<StackEntry> { new("cores", order.Count / threads) };
        if (threads > 1)
        {
            cpus.Add(new("threads", threads));
        }

        cpus.Add(new("pin", order.Cast<object>().ToList()));
        return new(cpus, Flow: true);
    }

    private static string Word(GuestOs os) => os switch
    {
        GuestOs.Windows11 => "windows11",
        GuestOs.Linux => "linux",
        _ => "windows10",
    };

    private static string Join(string first, string second) => first.Length == 0 ? second : first + "\n" + second;
}
