namespace Pulumi.Libvirt;

/// <summary>The host.</summary>
[OutputType]
public sealed class GetNodeInfoResult
{
    public readonly int CpuCoresPerSocket;

    public readonly int CpuCoresTotal;

    public readonly string CpuModel;

    public readonly int CpuSockets;

    public readonly int CpuThreadsPerCore;

    public readonly string Id;

    /// <summary>KiB.</summary>
    public readonly int MemoryTotalKb;

    public readonly int NumaNodes;

    [OutputConstructor]
    private GetNodeInfoResult(
        int cpuCoresPerSocket,
        int cpuCoresTotal,
        string cpuModel,
        int cpuSockets,
        int cpuThreadsPerCore,
        string id,
        int memoryTotalKb,
        int numaNodes)
    {
        CpuCoresPerSocket = cpuCoresPerSocket;
        CpuCoresTotal = cpuCoresTotal;
        CpuModel = cpuModel;
        CpuSockets = cpuSockets;
        CpuThreadsPerCore = cpuThreadsPerCore;
        Id = id;
        MemoryTotalKb = memoryTotalKb;
        NumaNodes = numaNodes;
    }
}
