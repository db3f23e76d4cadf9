namespace Pulumi.Libvirt.Inputs;

/// <summary>The order of booting.</summary>
public sealed class DomainBootDeviceArgs : ResourceArgs
{
    [Input("devs")]
    private InputList<string>? _devs;

    public DomainBootDeviceArgs()
    {
    }

    public static new DomainBootDeviceArgs Empty => new();

    /// <summary><c>hd</c>, <c>cdrom</c>, <c>network</c>, in order.</summary>
    public InputList<string> Devs
    {
        get => _devs ??= [];
        set => _devs = value;
    }
}
