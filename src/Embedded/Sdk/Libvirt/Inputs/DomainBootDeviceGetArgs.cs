namespace Pulumi.Libvirt.Inputs;

/// <summary>The order of booting, as it is said to be when an existing domain is looked up.</summary>
public sealed class DomainBootDeviceGetArgs : ResourceArgs
{
    [Input("devs")]
    private InputList<string>? _devs;

    public DomainBootDeviceGetArgs()
    {
    }

    public static new DomainBootDeviceGetArgs Empty => new();

    /// <summary><c>hd</c>, <c>cdrom</c>, <c>network</c>, in order.</summary>
    public InputList<string> Devs
    {
        get => _devs ??= [];
        set => _devs = value;
    }
}
