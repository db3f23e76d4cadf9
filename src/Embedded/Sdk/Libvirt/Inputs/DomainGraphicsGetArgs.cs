namespace Pulumi.Libvirt.Inputs;

/// <summary>The graphics of a domain, as it is said to be when an existing domain is looked up.</summary>
public sealed class DomainGraphicsGetArgs : ResourceArgs
{
    public DomainGraphicsGetArgs()
    {
    }

    public static new DomainGraphicsGetArgs Empty => new();

    /// <summary>By default true.</summary>
    [Input("autoport")]
    public Input<bool>? Autoport { get; set; }

    /// <summary>By default 127.0.0.1.</summary>
    [Input("listenAddress")]
    public Input<string>? ListenAddress { get; set; }

    /// <summary>By default <c>none</c>.</summary>
    [Input("listenType")]
    public Input<string>? ListenType { get; set; }

    /// <summary>By default <c>spice</c>.</summary>
    [Input("type")]
    public Input<string>? Type { get; set; }

    /// <summary>A port; -1 is any.</summary>
    [Input("websocket")]
    public Input<int>? Websocket { get; set; }
}
