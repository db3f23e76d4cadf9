namespace Pulumi.Libvirt;

/// <summary>Arguments of <see cref="GetNodeDeviceInfo"/>.</summary>
public sealed class GetNodeDeviceInfoInvokeArgs : InvokeArgs
{
    public GetNodeDeviceInfoInvokeArgs()
    {
    }

    public static new GetNodeDeviceInfoInvokeArgs Empty => new();

    /// <summary>As libvirt names it: <c>pci_0000_01_00_0</c>.</summary>
    [Input("name", required: true)]
    public Input<string> Name { get; set; } = null!;
}
