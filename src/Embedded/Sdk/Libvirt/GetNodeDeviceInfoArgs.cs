namespace Pulumi.Libvirt;

/// <summary>Arguments of <see cref="GetNodeDeviceInfo"/>, all known.</summary>
public sealed class GetNodeDeviceInfoArgs : InvokeArgs
{
    public GetNodeDeviceInfoArgs()
    {
    }

    public static new GetNodeDeviceInfoArgs Empty => new();

    /// <summary>As libvirt names it: <c>pci_0000_01_00_0</c>.</summary>
    [Input("name", required: true)]
    public string Name { get; set; } = null!;
}
