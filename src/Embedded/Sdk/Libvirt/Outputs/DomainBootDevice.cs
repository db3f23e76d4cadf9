using System.Collections.Immutable;

namespace Pulumi.Libvirt.Outputs;

/// <summary>The order of booting.</summary>
[OutputType]
public sealed class DomainBootDevice
{
    public readonly ImmutableArray<string> Devs;

    [OutputConstructor]
    private DomainBootDevice(
        ImmutableArray<string> devs)
    {
        Devs = devs;
    }
}
