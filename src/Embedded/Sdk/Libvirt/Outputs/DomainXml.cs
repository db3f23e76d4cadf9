namespace Pulumi.Libvirt.Outputs;

/// <summary>A change to the domain's XML before it is defined.</summary>
[OutputType]
public sealed class DomainXml
{
    public readonly string? Xslt;

    [OutputConstructor]
    private DomainXml(
        string? xslt)
    {
        Xslt = xslt;
    }
}
