using PassthroughInfra.Component.Concerns.Memory;
using PassthroughInfra.Component.Facts;
using PassthroughInfra.Component.Spec;

namespace PassthroughInfra.Cli.Init;

/// <summary>The guest of a proposal, and the huge pages for its memory.</summary>
internal sealed class GuestProposal(Proposal proposal)
{
    private const long GiB = 1048576;
    private const long HugePageKiB = 2048;
    private const string Images = "/var/lib/libvirt/images";

    private HostFacts Facts => proposal.Facts;

    private InitChoices Choices => proposal.Choices;

    /// <summary>The entries of the machine: none where no guest is wanted.</summary>
    public IEnumerable<YamlEntry> Entries()
    {
        if (Choices.Guest is not { } name)
            yield break;
        var memory = Memory();
        if (HugePages(memory) is { } pages)
            yield return pages;
        if (proposal.Pinning.Order.Count > 0)
            yield return new("isolation", new YamlMap([new("cpus", "auto")], Flow: true), "While the guest runs, the host's services and interrupts keep off its CPUs; they have them back afterwards.");
        yield return new("guest", new YamlMap(Guest(name, memory)), "The guest. While it is installed it has a SPICE screen and the media; write phase: passthrough when that is done.");
    }

    private MemorySize Memory()
    {
        if (Choices.Memory is { } chosen)
            return chosen;
        // Half of what the host can spare, as the walk-through gives 12 of 32 GiB; Windows 11 asks for four.
        var half = (Facts.Memory.TotalKiB - HugePagePlanner.ReserveKiB(Facts.Memory)) / 2 / GiB;
        return MemorySize.FromKiB(Math.Clamp(half, 1, 16) * GiB);
    }

    private YamlEntry? HugePages(MemorySize memory)
    {
        var count = memory.KiB / HugePageKiB;
        var nodes = Facts.Memory.Nodes;
        var pins = proposal.Pinning.Order.Select(c => Facts.Cpu.Cpus.First(l => l.Number == c).Node).Distinct().ToList();
        var near = nodes.Count > 1 && pins is [var only] ? nodes.FirstOrDefault(n => n.Number == only) : null;
        if (near is not null && near.TotalKiB - (HugePagePlanner.ReserveKiB(Facts.Memory) / nodes.Count) < memory.KiB)
            near = null;
        var spec = new HugePagesSpec { Count = near is null ? (int)count : null, Nodes = near is null ? null : new Dictionary<int, int> { [near.Number] = (int)count } };
        if (memory.KiB % HugePageKiB != 0 || HugePagePlanner.Check(spec, Facts).Any(f => f.Severity == Component.Planning.Severity.Error))
            return null;
        var wanted = near is null
            ? new YamlMap([new("size", "2M"), new("count", count)], Flow: true)
            : new YamlMap([new("size", "2M"), new("nodes", new YamlMap([new($"{near.Number}", count)], Flow: true))], Flow: true);
        return new("hugePages", wanted, $"The guest's {memory} as huge pages{(near is null ? "" : $" on NUMA node {near.Number}, where its CPUs are")}: a small gain; leave it out if the memory is short.");
    }

    private List<YamlEntry> Guest(string name, MemorySize memory)
    {
        var windows = Choices.GuestOs != GuestOs.Linux;
        var entries = new List<YamlEntry> { new("name", name), new("os", InitOptions.Name(Choices.GuestOs)), new("phase", "install") };
        if (Facts.Cpu.VirtualizationFlag.Length == 0)
            entries.Add(new("type", "qemu", "The processor shows neither vmx nor svm: its CPUs are emulated, which is slow. Enable VT-x or SVM and take this line out."));
        if (proposal.Connection.Port != 22 || proposal.Connection.Proxy is not null)
            entries.Add(new("managedBy", "command", "Pulumi's libvirt provider reaches port 22 alone, and no bastion; the guest is defined over the commands' own connection."));
        entries.Add(new("memory", memory));
        entries.Add(new("cpus", Cpus(), Reason()));
        if (!proposal.Cards.Any(c => c.Word == "disk"))
            entries.Add(new("disk", new YamlMap([new("path", $"{Images}/{name}.qcow2"), new("size", Choices.DiskSize)], Flow: true), "Made where it is missing; never overwritten, shrunk or deleted."));
        var media = new List<YamlEntry>();
        if (Choices.InstallIso is { } install)
            media.Add(new("install", install));
        if (Choices.DriversIso is { } drivers)
            media.Add(new("drivers", drivers));
        if (media.Count > 0)
            entries.Add(new("media", new YamlMap(media)));
        else
            entries[^1] = entries[^1] with { Comment = Join(entries[^1].Comment, $"To install from, files on the machine:\nmedia: {{ install: /….iso{(windows ? ", drivers: /…/virtio-win.iso" : "")} }}") };
        if (proposal.Network.Link is null)
        {
            entries.Add(proposal.Network.Bridge.Length > 0
                ? new("interfaces", new[] { new YamlMap([new("bridge", proposal.Network.Bridge)], Flow: true) }, $"On the bridge of the machine: {proposal.Network.Reason}.")
                : new("interfaces", Array.Empty<object>(), $"No network card: no bridge is proposed, because {proposal.Network.Reason}."));
        }
        return entries;
    }

    private YamlMap Cpus()
    {
        var order = proposal.Pinning.Order;
        if (order.Count == 0)
            return new([new("cores", Math.Max(1, Facts.Cpu.Cpus.Count(c => c.Online) - 1))], Flow: true);
        var threads = order.GroupBy(c => Core(c)).Min(g => g.Count());
        var even = order.GroupBy(c => Core(c)).All(g => g.Count() == threads);
        var cpus = new List<YamlEntry> { new("cores", even ? order.Count / threads : order.Count) };
        if (even && threads > 1)
            cpus.Add(new("threads", threads));
        cpus.Add(new("pin", order.Cast<object>().ToList()));
        return new(cpus, Flow: true);
    }

    private (int Package, int Die, int Core) Core(int cpu)
    {
        var found = Facts.Cpu.Cpus.First(c => c.Number == cpu);
        return (found.Package, found.Die, found.Core);
    }

    private string Reason() => proposal.Pinning.Order.Count == 0 ? $"Not pinned: {proposal.Pinning.Explanation}." : $"Pinned to {proposal.Pinning.Explanation}.";

    private static string Join(string first, string second) => first.Length == 0 ? second : first + "\n" + second;
}
