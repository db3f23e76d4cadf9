using System.ComponentModel;
using System.Text.Json.Serialization;

namespace PassthroughInfra.Component.Spec;

/// <summary>Huge pages that are set aside for guests (walk-through, row 16). Source: Linux <c>Documentation/admin-guide/mm/hugetlbpage.rst</c>.</summary>
public sealed record HugePagesSpec
{
    /// <summary>The size of one page.</summary>
    [Description("The size of one page: 2M or 1G.")]
    public HugePageSize Size { get; init; } = HugePageSize.TwoMebibytes;

    /// <summary>How many pages the host has in all, spread by the kernel over its NUMA nodes; not beside <see cref="Nodes"/>.</summary>
    [Description("How many pages in all; the kernel spreads them over the NUMA nodes. Not beside nodes.")]
    public int? Count { get; init; }

    /// <summary>How many pages each NUMA node has, by its number; nodes that are not named keep what they have.</summary>
    [Description("How many pages on each NUMA node, by its number, instead of count: { 0: 512, 1: 1024 }.")]
    public IReadOnlyDictionary<int, int>? Nodes { get; init; }

    /// <summary>When they are allocated; by default 2M pages at run time and 1G pages at boot, where memory is not fragmented yet.</summary>
    [Description("runtime: now, and early in every boot; boot: by the kernel itself, after a reboot. Default: runtime for 2M, boot for 1G.")]
    public HugePageAllocation? Allocate { get; init; }

    /// <summary>How many pages in all.</summary>
    [JsonIgnore]
    public long Total => Nodes?.Values.Sum(n => (long)n) ?? Count ?? 0;

    /// <summary>The size of one page in KiB.</summary>
    [JsonIgnore]
    public long SizeKiB => Size.KiB();

    /// <summary>Whether the kernel allocates them at boot.</summary>
    [JsonIgnore]
    public bool AtBoot => (Allocate ?? (Size == HugePageSize.OneGibibyte ? HugePageAllocation.Boot : HugePageAllocation.Runtime)) == HugePageAllocation.Boot;
}

/// <summary>The sizes of huge pages on x86-64.</summary>
public enum HugePageSize
{
    /// <summary>2 MiB.</summary>
    [JsonStringEnumMemberName("2M")]
    TwoMebibytes,

    /// <summary>1 GiB: the CPU flag <c>pdpe1gb</c>.</summary>
    [JsonStringEnumMemberName("1G")]
    OneGibibyte,
}

/// <summary>What the sizes of huge pages are.</summary>
public static class HugePageSizes
{
    /// <summary>In KiB, as in the kernel's file names (<c>hugepages-2048kB</c>).</summary>
    public static long KiB(this HugePageSize size) => size == HugePageSize.OneGibibyte ? 1048576 : 2048;

    /// <summary>As it is written, here and on the kernel's command line: <c>2M</c>, <c>1G</c>.</summary>
    public static string Word(this HugePageSize size) => size == HugePageSize.OneGibibyte ? "1G" : "2M";
}

/// <summary>When huge pages are allocated.</summary>
public enum HugePageAllocation
{
    /// <summary>Now, and by systemd early in every boot.</summary>
    Runtime,

    /// <summary>By the kernel command line.</summary>
    Boot,
}
