namespace Pulumi.Libvirt.Outputs;

/// <summary>A directory of the host in a domain.</summary>
[OutputType]
public sealed class DomainFilesystem
{
    public readonly string? Accessmode;

    public readonly bool? Readonly;

    public readonly string Source;

    public readonly string Target;

    [OutputConstructor]
    private DomainFilesystem(
        string? accessmode,
        bool? @readonly,
        string source,
        string target)
    {
        Accessmode = accessmode;
        Readonly = @readonly;
        Source = source;
        Target = target;
    }
}
