namespace Pulumi.Libvirt.Inputs;

/// <summary>A directory of the host in a domain.</summary>
public sealed class DomainFilesystemArgs : ResourceArgs
{
    public DomainFilesystemArgs()
    {
    }

    public static new DomainFilesystemArgs Empty => new();

    /// <summary>By default <c>mapped</c>.</summary>
    [Input("accessmode")]
    public Input<string>? Accessmode { get; set; }

    /// <summary>By default true.</summary>
    [Input("readonly")]
    public Input<bool>? Readonly { get; set; }

    /// <summary>The directory.</summary>
    [Input("source", required: true)]
    public Input<string> Source { get; set; } = null!;

    /// <summary>The tag the guest mounts it by.</summary>
    [Input("target", required: true)]
    public Input<string> Target { get; set; } = null!;
}
