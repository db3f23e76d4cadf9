namespace Pulumi.Libvirt.Inputs;

/// <summary>The CPU model of a domain.</summary>
public sealed class DomainCpuArgs : ResourceArgs
{
    public DomainCpuArgs()
    {
    }

    public static new DomainCpuArgs Empty => new();

    /// <summary><c>host-passthrough</c>, <c>host-model</c> or <c>custom</c>.</summary>
    [Input("mode")]
    public Input<string>? Mode { get; set; }
}
