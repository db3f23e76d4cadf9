namespace Pulumi.Libvirt.Inputs;

/// <summary>A TPM, as it is said to be when an existing domain is looked up.</summary>
public sealed class DomainTpmGetArgs : ResourceArgs
{
    public DomainTpmGetArgs()
    {
    }

    public static new DomainTpmGetArgs Empty => new();

    [Input("backendDevicePath")]
    public Input<string>? BackendDevicePath { get; set; }

    [Input("backendEncryptionSecret")]
    public Input<string>? BackendEncryptionSecret { get; set; }

    /// <summary>Whether its state outlives the domain's definition; by default not.</summary>
    [Input("backendPersistentState")]
    public Input<bool>? BackendPersistentState { get; set; }

    /// <summary><c>emulator</c>, the default, or <c>passthrough</c>.</summary>
    [Input("backendType")]
    public Input<string>? BackendType { get; set; }

    [Input("backendVersion")]
    public Input<string>? BackendVersion { get; set; }

    [Input("model")]
    public Input<string>? Model { get; set; }
}
