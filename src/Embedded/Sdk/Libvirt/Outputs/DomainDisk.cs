namespace Pulumi.Libvirt.Outputs;

/// <summary>A disk of a domain: one of volume, URL, file and block device.</summary>
[OutputType]
public sealed class DomainDisk
{
    public readonly string? BlockDevice;

    public readonly string? File;

    public readonly bool? Scsi;

    public readonly string? Url;

    public readonly string? VolumeId;

    public readonly string? Wwn;

    [OutputConstructor]
    private DomainDisk(
        string? blockDevice,
        string? file,
        bool? scsi,
        string? url,
        string? volumeId,
        string? wwn)
    {
        BlockDevice = blockDevice;
        File = file;
        Scsi = scsi;
        Url = url;
        VolumeId = volumeId;
        Wwn = wwn;
    }
}
