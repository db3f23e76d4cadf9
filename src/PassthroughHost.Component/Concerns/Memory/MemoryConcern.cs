using System.Text;
using PassthroughInfra.Component.Facts;
using PassthroughInfra.Component.Planning;
using PassthroughInfra.Component.Spec;

namespace PassthroughInfra.Component.Concerns.Memory;

/// <summary>Huge pages for guests (walk-through, row 16): now and at every boot. Those the kernel allocates are arguments of its command line.</summary>
public sealed class MemoryConcern : IConcern
{
    private const string SysctlDropIn = "/etc/sysctl.d/60-passthrough-host.conf";
    private const string TmpfilesDropIn = "/etc/tmpfiles.d/60-passthrough-host.conf";

    /// <inheritdoc/>
    public string Name => "memory";

    /// <inheritdoc/>
    public ConcernScript Script { get; } = new("memory.sh") { Parts = [HandMadeCut.Script] };

    /// <inheritdoc/>
    public bool IsWanted(MachineSpec spec) => spec.HugePages is not null;

    /// <inheritdoc/>
    public IReadOnlyList<string> Paths(MachineSpec spec) => [SysctlDropIn, TmpfilesDropIn, .. HandMadeCut.Of(spec, TakeOverPlace.Sysctl).Select(t => t.Path)];

    /// <inheritdoc/>
    public bool NeedsKernelArguments(MachineSpec spec) => KernelArguments(spec, null).Count > 0;

    /// <inheritdoc/>
    public IReadOnlyList<string> KernelArguments(MachineSpec spec, HostFacts? facts) => HugePagePlanner.KernelArguments(spec.HugePages);

    /// <inheritdoc/>
    public ConcernPlan Plan(MachineSpec spec, HostFacts? facts)
    {
        var pages = spec.HugePages!;
        var now = pages.AtBoot ? [] : Counts(pages);
        var takeOver = HandMadeCut.Of(spec, TakeOverPlace.Sysctl);
        return new()
        {
            Concern = Name,
            Script = Script,
            TakeOver = takeOver,
            Files = pages.AtBoot ? [] : [pages.Nodes is null && pages.Size == HugePageSize.TwoMebibytes ? Sysctl(pages) : Tmpfiles(now)],
            Settings = [.. now.Select(c => new Setting(
                $"huge pages {pages.Size.Word()}{(c.Node is { } node ? $" on node {node}" : "")}",
                facts is null ? "not read" : $"{HugePagePlanner.Live(facts.Memory, pages.SizeKiB, c.Node)}",
                $"{c.Count}")), .. takeOver.Select(t => HandMadeCut.Setting(t, facts))],
            Variables = new SortedDictionary<string, string>(StringComparer.Ordinal)
            {
                ["PAGES"] = string.Join(' ', now.Select(c => $"{c.Path}={c.Count}")),
                ["PAGE_SIZE"] = pages.Size.Word(),
            },
            Findings = facts is null ? [] : [.. HugePagePlanner.Check(pages, facts), .. HandMadeCut.Findings(spec, takeOver, facts)],
        };
    }

    /// <summary>The kernel's files with the number of pages, and what each is to say.</summary>
    internal static IReadOnlyList<(int? Node, string Path, long Count)> Counts(HugePagesSpec pages) =>
        pages.Nodes is null
            ? [(null, $"/sys/kernel/mm/hugepages/hugepages-{pages.SizeKiB}kB/nr_hugepages", pages.Total)]
            : [.. pages.Nodes.OrderBy(n => n.Key).Select(n => ((int?)n.Key, $"/sys/devices/system/node/node{n.Key}/hugepages/hugepages-{pages.SizeKiB}kB/nr_hugepages", (long)n.Value))];

    private static ManagedFile Sysctl(HugePagesSpec pages) => new(
        SysctlDropIn,
        $"""
        # Huge pages of passthrough-host. Change them in the machine's stack, not here.
        vm.nr_hugepages = {pages.Total}

        """);

    // sysctl knows neither nodes nor a page size other than the default one.
    private static ManagedFile Tmpfiles(IEnumerable<(int? Node, string Path, long Count)> counts)
    {
        var text = new StringBuilder("# Huge pages of passthrough-host. Change them in the machine's stack, not here.\n");
        foreach (var (_, path, count) in counts)
        {
            text.Append($"w {path} - - - - {count}\n");
        }

        return new(TmpfilesDropIn, text.ToString());
    }
}
