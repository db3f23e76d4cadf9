using System.Collections.Immutable;
using Pulumi;

namespace PassthroughInfra.Embedded.Sdk.Tests.Programs;

/// <summary>A domain with inputs of any kind, new or an existing one: a resource class of a program's own.</summary>
public sealed class AnyDomain(string name, AnyDomainArgs? args, CustomResourceOptions? options)
    : CustomResource("libvirt:index/domain:Domain", name, args ?? new AnyDomainArgs(), CustomResourceOptions.Merge(new() { Version = LibvirtFunctions.Version }, options))
{
    [Output("name")]
    public Output<string> Name { get; private set; } = null!;

    [Output("memory")]
    public Output<int?> Memory { get; private set; } = null!;

    public static AnyDomain Get(string name, string id, AnyDomainArgs? state = null) => new(name, state, new() { Id = id });
}

public sealed class AnyDomainArgs : Pulumi.ResourceArgs
{
    [Input("cpu")]
    public Input<Dictionary<string, string>>? Cpu { get; set; }

    [Input("description")]
    public Input<string>? Description { get; set; }

    [Input("disks")]
    public InputList<Dictionary<string, string>>? Disks { get; set; }

    [Input("machine")]
    public Input<string>? Machine { get; set; }

    [Input("memory")]
    public Input<int>? Memory { get; set; }

    [Input("name")]
    public Input<string>? Name { get; set; }

    [Input("vcpu")]
    public Input<int>? Vcpu { get; set; }

    [Input("xml")]
    public Input<Pulumi.Libvirt.Inputs.DomainXmlArgs>? Xml { get; set; }
}

/// <summary>Functions of a package for which there are no types: called by their tokens.</summary>
public static class LibvirtFunctions
{
    public const string Version = "0.5.4";

    public const string DeviceToken = "libvirt:index/getNodeDeviceInfo:getNodeDeviceInfo";

    public static Output<NodeDevice> Device(Input<string> name) =>
        Deployment.Instance.Invoke<NodeDevice>(DeviceToken, new NodeDeviceArgs { Name = name }, new InvokeOptions { Version = Version });

    public static Output<NodeInfo> Node(InvokeOptions options)
    {
        options.Version = Version;
        return Deployment.Instance.Invoke<NodeInfo>("libvirt:index/getNodeInfo:getNodeInfo", InvokeArgs.Empty, options);
    }

    public static Output<NodeInfo> Node(InvokeOutputOptions options)
    {
        options.Version = Version;
        return Deployment.Instance.Invoke<NodeInfo>("libvirt:index/getNodeInfo:getNodeInfo", InvokeArgs.Empty, options);
    }
}

public sealed class NodeDeviceArgs : InvokeArgs
{
    [Input("name", required: true)]
    public Input<string> Name { get; set; } = null!;
}

[OutputType]
public sealed class NodeInfo
{
    public string CpuModel { get; }

    [OutputConstructor]
    private NodeInfo(string cpuModel) => CpuModel = cpuModel;
}

[OutputType]
public sealed class NodeDevice
{
    public NodeDeviceCapability Capability { get; }

    public ImmutableArray<string> Devnodes { get; }

    public string Path { get; }

    [OutputConstructor]
    private NodeDevice(NodeDeviceCapability capability, ImmutableArray<string> devnodes, string path)
    {
        Capability = capability;
        Devnodes = devnodes;
        Path = path;
    }
}

[OutputType]
public sealed class NodeDeviceCapability
{
    public NodeDeviceGroup IommuGroup { get; }

    public string Type { get; }

    [OutputConstructor]
    private NodeDeviceCapability(NodeDeviceGroup iommuGroup, string type)
    {
        IommuGroup = iommuGroup;
        Type = type;
    }
}

[OutputType]
public sealed class NodeDeviceGroup
{
    public ImmutableArray<ImmutableDictionary<string, string>> Addresses { get; }

    public string Number { get; }

    [OutputConstructor]
    private NodeDeviceGroup(ImmutableArray<ImmutableDictionary<string, string>> addresses, string number)
    {
        Addresses = addresses;
        Number = number;
    }
}
