namespace Pulumi.Libvirt.Outputs;

/// <summary>A console of a domain.</summary>
[OutputType]
public sealed class DomainConsole
{
    public readonly string? SourceHost;

    public readonly string? SourcePath;

    public readonly string? SourceService;

    public readonly string TargetPort;

    public readonly string? TargetType;

    public readonly string Type;

    [OutputConstructor]
    private DomainConsole(
        string? sourceHost,
        string? sourcePath,
        string? sourceService,
        string targetPort,
        string? targetType,
        string type)
    {
        SourceHost = sourceHost;
        SourcePath = sourcePath;
        SourceService = sourceService;
        TargetPort = targetPort;
        TargetType = targetType;
        Type = type;
    }
}
