namespace Pulumi.Libvirt;

/// <summary>Arguments of <see cref="GetNodeDevices"/>, all known.</summary>
public sealed class GetNodeDevicesArgs : InvokeArgs
{
    public GetNodeDevicesArgs()
    {
    }

    public static new GetNodeDevicesArgs Empty => new();

    /// <summary>Of one kind only, such as <c>pci</c>.</summary>
    [Input("capability")]
    public string? Capability { get; set; }
}
