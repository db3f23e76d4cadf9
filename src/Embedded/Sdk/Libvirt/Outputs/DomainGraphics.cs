namespace Pulumi.Libvirt.Outputs;

/// <summary>The graphics of a domain.</summary>
[OutputType]
public sealed class DomainGraphics
{
    public readonly bool? Autoport;

    public readonly string? ListenAddress;

    public readonly string? ListenType;

    public readonly string? Type;

    public readonly int? Websocket;

    [OutputConstructor]
    private DomainGraphics(
        bool? autoport,
        string? listenAddress,
        string? listenType,
        string? type,
        int? websocket)
    {
        Autoport = autoport;
        ListenAddress = listenAddress;
        ListenType = listenType;
        Type = type;
        Websocket = websocket;
    }
}
