namespace Pulumi.Libvirt.Outputs;

/// <summary>A device file of a device.</summary>
[OutputType]
public sealed class GetNodeDeviceInfoDevnodeResult
{
    public readonly string Path;

    public readonly string Type;

    [OutputConstructor]
    private GetNodeDeviceInfoDevnodeResult(
        string path,
        string type)
    {
        Path = path;
        Type = type;
    }
}
