using System.Collections.Immutable;

namespace Pulumi.Libvirt.Outputs;

/// <summary>What a device can do. Of a PCI device the numbers are decimal; those in the IOMMU group are hexadecimal.</summary>
[OutputType]
public sealed class GetNodeDeviceInfoCapabilityResult
{
    public readonly string? Address;

    public readonly string Block;

    public readonly string Bus;

    public readonly ImmutableDictionary<string, string>? Capability;

    public readonly string Class;

    public readonly string Description;

    public readonly string Device;

    public readonly string Domain;

    public readonly string DriveType;

    public readonly string DrmType;

    public readonly ImmutableArray<string> Features;

    public readonly ImmutableDictionary<string, string>? Firmware;

    public readonly string Function;

    public readonly ImmutableDictionary<string, string>? Hardware;

    public readonly string Host;

    public readonly string? Interface;

    public readonly GetNodeDeviceInfoCapabilityIommuGroupResult IommuGroup;

    public readonly ImmutableDictionary<string, string>? Link;

    public readonly string LogicalBlockSize;

    public readonly string Lun;

    public readonly string Model;

    public readonly string NumBlocks;

    public readonly string Number;

    public readonly ImmutableDictionary<string, string>? Product;

    public readonly string Protocol;

    public readonly string ScsiType;

    public readonly string Serial;

    public readonly string Size;

    public readonly string Slot;

    public readonly string Subclass;

    public readonly string Target;

    public readonly string Type;

    public readonly string UniqueId;

    public readonly ImmutableDictionary<string, string>? Vendor;

    [OutputConstructor]
    private GetNodeDeviceInfoCapabilityResult(
        string? address,
        string block,
        string bus,
        ImmutableDictionary<string, string>? capability,
        string @class,
        string description,
        string device,
        string domain,
        string driveType,
        string drmType,
        ImmutableArray<string> features,
        ImmutableDictionary<string, string>? firmware,
        string function,
        ImmutableDictionary<string, string>? hardware,
        string host,
        string? @interface,
        GetNodeDeviceInfoCapabilityIommuGroupResult iommuGroup,
        ImmutableDictionary<string, string>? link,
        string logicalBlockSize,
        string lun,
        string model,
        string numBlocks,
        string number,
        ImmutableDictionary<string, string>? product,
        string protocol,
        string scsiType,
        string serial,
        string size,
        string slot,
        string subclass,
        string target,
        string type,
        string uniqueId,
        ImmutableDictionary<string, string>? vendor)
    {
        Address = address;
        Block = block;
        Bus = bus;
        Capability = capability;
        Class = @class;
        Description = description;
        Device = device;
        Domain = domain;
        DriveType = driveType;
        DrmType = drmType;
        Features = features;
        Firmware = firmware;
        Function = function;
        Hardware = hardware;
        Host = host;
        Interface = @interface;
        IommuGroup = iommuGroup;
        Link = link;
        LogicalBlockSize = logicalBlockSize;
        Lun = lun;
        Model = model;
        NumBlocks = numBlocks;
        Number = number;
        Product = product;
        Protocol = protocol;
        ScsiType = scsiType;
        Serial = serial;
        Size = size;
        Slot = slot;
        Subclass = subclass;
        Target = target;
        Type = type;
        UniqueId = uniqueId;
        Vendor = vendor;
    }
}
