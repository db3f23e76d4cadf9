using System.Collections.Immutable;

namespace Pulumi.Libvirt;

/// <summary>The devices of the host.</summary>
[OutputType]
public sealed class GetNodeDevicesResult
{
    public readonly string? Capability;

    public readonly ImmutableArray<string> Devices;

    public readonly string Id;

    [OutputConstructor]
    private GetNodeDevicesResult(
        string? capability,
        ImmutableArray<string> devices,
        string id)
    {
        Capability = capability;
        Devices = devices;
        Id = id;
    }
}
