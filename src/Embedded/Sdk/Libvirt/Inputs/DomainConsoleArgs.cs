namespace Pulumi.Libvirt.Inputs;

/// <summary>A console of a domain.</summary>
public sealed class DomainConsoleArgs : ResourceArgs
{
    public DomainConsoleArgs()
    {
    }

    public static new DomainConsoleArgs Empty => new();

    /// <summary>By default 127.0.0.1.</summary>
    [Input("sourceHost")]
    public Input<string>? SourceHost { get; set; }

    [Input("sourcePath")]
    public Input<string>? SourcePath { get; set; }

    /// <summary>A port or the name of a service; by default any port.</summary>
    [Input("sourceService")]
    public Input<string>? SourceService { get; set; }

    [Input("targetPort", required: true)]
    public Input<string> TargetPort { get; set; } = null!;

    /// <summary>By default <c>serial</c> for the first.</summary>
    [Input("targetType")]
    public Input<string>? TargetType { get; set; }

    /// <summary><c>pty</c> or <c>tcp</c>.</summary>
    [Input("type", required: true)]
    public Input<string> Type { get; set; } = null!;
}
