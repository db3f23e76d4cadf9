namespace Pulumi.Libvirt.Outputs;

/// <summary>The video device of a domain.</summary>
[OutputType]
public sealed class DomainVideo
{
    public readonly string? Type;

    [OutputConstructor]
    private DomainVideo(
        string? type)
    {
        Type = type;
    }
}
