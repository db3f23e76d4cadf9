using System.ComponentModel;
using System.Text.Json.Serialization;

namespace PassthroughInfra.Component.Spec;

/// <summary>
/// A guest's processors: what the guest sees of them, and the host CPUs they run on (walk-through, row 14). Source: libvirt, "Domain XML
/// format", CPU model and topology, CPU Tuning, IOThreads Allocation.
/// </summary>
public sealed record GuestCpuSpec
{
    /// <summary>How many sockets the guest sees. Windows client editions use at most two.</summary>
    [Description("How many sockets the guest sees. Windows client editions use at most two.")]
    public int Sockets { get; init; } = 1;

    /// <summary>How many dies each socket has.</summary>
    [Description("How many dies each socket has.")]
    public int Dies { get; init; } = 1;

    /// <summary>How many cores each die has.</summary>
    [Description("How many cores each die has.")]
    public required int Cores { get; init; }

    /// <summary>How many SMT threads each core has; 2 only where the vCPUs are pinned to siblings.</summary>
    [Description("How many SMT threads each core has. Take 2 only where vCPUs are pinned to SMT siblings of the host.")]
    public int Threads { get; init; } = 1;

    /// <summary>Which host CPUs the vCPUs run on; left out, they run anywhere.</summary>
    [Description("auto, or a host CPU (or CPU set) for each vCPU in turn: [2, 3, 4, 5]. Left out, vCPUs run anywhere.")]
    public VcpuPins? Pin { get; init; }

    /// <summary>
    /// Host CPUs of QEMU's own threads (<c>emulatorpin</c>); left out where vCPUs are not pinned, else every online CPU without a vCPU.
    /// </summary>
    [Description("Host CPUs of QEMU's own threads. Default with pinned vCPUs: every online CPU that has no vCPU.")]
    public CpuSet? EmulatorPin { get; init; }

    /// <summary>How many I/O threads there are; disks are spread over them, or name theirs.</summary>
    [Description("How many I/O threads serve the virtio disks; disks are spread over them or name theirs. 0 to 16.")]
    public int IoThreads { get; init; }

    /// <summary>Host CPUs of each I/O thread in turn; where one is left out, those of the emulator.</summary>
    [Description("Host CPUs of each I/O thread in turn. Default: those of emulatorPin.")]
    public IReadOnlyList<CpuSet> IoThreadPin { get; init; } = [];

    /// <summary>
    /// Whether an AMD processor shows its SMT topology (<c>topoext</c>); by default where the host is AMD and <see cref="Threads"/> is over 1.
    /// Without it Windows takes the threads for cores.
    /// </summary>
    [Description("The CPU feature topoext, with which an AMD guest sees its SMT threads. Default: on AMD hosts with threads over 1.")]
    public bool? TopoExt { get; init; }

    /// <summary>
    /// Whether the guest sees the host's own cache sizes and sharing (<c>cache mode='passthrough'</c>); by default with pinned vCPUs.
    /// </summary>
    [Description("The guest sees the host's caches. Default: with pinned vCPUs.")]
    public bool? HostCache { get; init; }

    /// <summary>Further CPU features by name: <c>require</c>, <c>disable</c>… Source: libvirt, CPU model and topology, <c>feature</c>.</summary>
    [Description("Further CPU features by name, such as { invtsc: require, svm: disable }.")]
    public IReadOnlyDictionary<string, CpuFeaturePolicy> Features { get; init; } = new Dictionary<string, CpuFeaturePolicy>();

    /// <summary>How many vCPUs there are.</summary>
    [JsonIgnore]
    public int Count => Sockets * Dies * Cores * Threads;
}

/// <summary>What is done about a CPU feature. Source: libvirt, "Domain XML format", CPU model and topology.</summary>
public enum CpuFeaturePolicy
{
    /// <summary>The guest has it, whatever the host.</summary>
    Force,

    /// <summary>The guest has it, and does not start on a host without.</summary>
    Require,

    /// <summary>The guest has it where the host does.</summary>
    Optional,

    /// <summary>The guest does not have it.</summary>
    Disable,

    /// <summary>The guest does not start on a host that has it.</summary>
    Forbid,
}
