namespace Pulumi.Libvirt.Outputs;

/// <summary>The CPU model of a domain.</summary>
[OutputType]
public sealed class DomainCpu
{
    public readonly string? Mode;

    [OutputConstructor]
    private DomainCpu(
        string? mode)
    {
        Mode = mode;
    }
}
