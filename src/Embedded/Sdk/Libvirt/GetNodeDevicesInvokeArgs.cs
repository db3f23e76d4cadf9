namespace Pulumi.Libvirt;

/// <summary>Arguments of <see cref="GetNodeDevices"/>.</summary>
public sealed class GetNodeDevicesInvokeArgs : InvokeArgs
{
    public GetNodeDevicesInvokeArgs()
    {
    }

    public static new GetNodeDevicesInvokeArgs Empty => new();

    /// <summary>Of one kind only, such as <c>pci</c>.</summary>
    [Input("capability")]
    public Input<string>? Capability { get; set; }
}
