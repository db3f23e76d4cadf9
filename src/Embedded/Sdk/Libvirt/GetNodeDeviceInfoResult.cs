using System.Collections.Immutable;
using Pulumi.Libvirt.Outputs;

namespace Pulumi.Libvirt;

/// <summary>A device of the host.</summary>
[OutputType]
public sealed class GetNodeDeviceInfoResult
{
    public readonly GetNodeDeviceInfoCapabilityResult Capability;

    public readonly ImmutableArray<GetNodeDeviceInfoDevnodeResult> Devnodes;

    public readonly string Id;

    public readonly string Name;

    public readonly string Parent;

    public readonly string Path;

    public readonly string Xml;

    [OutputConstructor]
    private GetNodeDeviceInfoResult(
        GetNodeDeviceInfoCapabilityResult capability,
        ImmutableArray<GetNodeDeviceInfoDevnodeResult> devnodes,
        string id,
        string name,
        string parent,
        string path,
        string xml)
    {
        Capability = capability;
        Devnodes = devnodes;
        Id = id;
        Name = name;
        Parent = parent;
        Path = path;
        Xml = xml;
    }
}
