namespace Pulumi.Libvirt;

/// <summary>A connection to a libvirt of its own for the resources it is given to.</summary>
[ResourceType("pulumi:providers:libvirt", LibvirtPackage.Version)]
public class Provider : ProviderResource
{
    public Provider(string name, ProviderArgs? args = null, CustomResourceOptions? options = null)
        : base("libvirt", name, args ?? new ProviderArgs(), LibvirtPackage.Defaults.For(options, ""))
    {
    }

    [Output("uri")]
    public Output<string?> Uri { get; private set; } = null!;
}

/// <summary>Arguments of a <see cref="Provider"/>.</summary>
public sealed class ProviderArgs : ResourceArgs
{
    public ProviderArgs()
    {
        if (Environment.GetEnvironmentVariable("LIBVIRT_DEFAULT_URI") is { Length: > 0 } uri)
            Uri = uri;
    }

    public static new ProviderArgs Empty => new();

    /// <summary>A libvirt connection URI; by default the one in <c>LIBVIRT_DEFAULT_URI</c>.</summary>
    [Input("uri")]
    public Input<string>? Uri { get; set; }
}
