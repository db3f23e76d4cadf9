using System.ComponentModel;

namespace PassthroughInfra.Component.Spec;

/// <summary>What stands behind a guest's memory. Source: libvirt, "Domain XML format", Memory Backing and NUMA Node Tuning.</summary>
public sealed record GuestMemorySpec
{
    /// <summary>Whether it is made of huge pages (walk-through, row 16); by default where the machine has <c>hugePages</c>.</summary>
    [Description("Whether the memory is made of the machine's huge pages. Default: where the machine's hugePages says so.")]
    public bool? HugePages { get; init; }

    /// <summary>Whether it is locked in RAM. With PCI devices vfio pins it anyway; this also locks QEMU's own memory.</summary>
    [Description("Whether it can never be swapped out. PCI devices pin the guest's memory anyway; this locks QEMU's own as well.")]
    public bool Locked { get; init; }

    /// <summary>Whether the kernel may merge equal pages of several guests (KSM): <c>nosharepages</c> forbids it.</summary>
    [Description("Keeps the kernel from merging equal pages of several guests (KSM): steadier latency.")]
    public bool NoSharePages { get; init; }

    /// <summary>Which NUMA nodes it is on.</summary>
    [Description("auto (the nodes of the pinned CPUs), none, or NUMA nodes such as \"0\". Only machines with several nodes have a choice.")]
    public GuestNuma Numa { get; init; } = GuestNuma.Auto;
}
