namespace Pulumi.Libvirt.Outputs;

/// <summary>A TPM.</summary>
[OutputType]
public sealed class DomainTpm
{
    public readonly string? BackendDevicePath;

    public readonly string? BackendEncryptionSecret;

    public readonly bool? BackendPersistentState;

    public readonly string? BackendType;

    public readonly string? BackendVersion;

    public readonly string? Model;

    [OutputConstructor]
    private DomainTpm(
        string? backendDevicePath,
        string? backendEncryptionSecret,
        bool? backendPersistentState,
        string? backendType,
        string? backendVersion,
        string? model)
    {
        BackendDevicePath = backendDevicePath;
        BackendEncryptionSecret = backendEncryptionSecret;
        BackendPersistentState = backendPersistentState;
        BackendType = backendType;
        BackendVersion = backendVersion;
        Model = model;
    }
}
