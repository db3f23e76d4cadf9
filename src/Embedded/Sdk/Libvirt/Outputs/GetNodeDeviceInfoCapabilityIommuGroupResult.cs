using System.Collections.Immutable;

namespace Pulumi.Libvirt.Outputs;

/// <summary>The IOMMU group of a device.</summary>
[OutputType]
public sealed class GetNodeDeviceInfoCapabilityIommuGroupResult
{
    /// <summary>domain, bus, slot and function of each device of the group.</summary>
    public readonly ImmutableArray<ImmutableDictionary<string, string>> Addresses;

    public readonly string Number;

    [OutputConstructor]
    private GetNodeDeviceInfoCapabilityIommuGroupResult(
        ImmutableArray<ImmutableDictionary<string, string>> addresses,
        string number)
    {
        Addresses = addresses;
        Number = number;
    }
}
