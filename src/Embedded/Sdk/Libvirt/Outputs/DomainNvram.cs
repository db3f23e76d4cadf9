namespace Pulumi.Libvirt.Outputs;

/// <summary>The variables of UEFI firmware.</summary>
[OutputType]
public sealed class DomainNvram
{
    public readonly string File;

    public readonly string? Template;

    [OutputConstructor]
    private DomainNvram(
        string file,
        string? template)
    {
        File = file;
        Template = template;
    }
}
