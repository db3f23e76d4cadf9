namespace Pulumi.Libvirt.Inputs;

/// <summary>A disk of a domain: one of volume, URL, file and block device.</summary>
public sealed class DomainDiskArgs : ResourceArgs
{
    public DomainDiskArgs()
    {
    }

    public static new DomainDiskArgs Empty => new();

    /// <summary>A block device of the host.</summary>
    [Input("blockDevice")]
    public Input<string>? BlockDevice { get; set; }

    /// <summary>A file on the host, read-only.</summary>
    [Input("file")]
    public Input<string>? File { get; set; }

    /// <summary>On a virtio-scsi controller.</summary>
    [Input("scsi")]
    public Input<bool>? Scsi { get; set; }

    [Input("url")]
    public Input<string>? Url { get; set; }

    /// <summary>The id of a volume.</summary>
    [Input("volumeId")]
    public Input<string>? VolumeId { get; set; }

    [Input("wwn")]
    public Input<string>? Wwn { get; set; }
}
