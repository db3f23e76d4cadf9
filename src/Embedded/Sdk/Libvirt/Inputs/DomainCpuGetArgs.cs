namespace Pulumi.Libvirt.Inputs;

/// <summary>The CPU model of a domain, as it is said to be when an existing domain is looked up.</summary>
public sealed class DomainCpuGetArgs : ResourceArgs
{
    public DomainCpuGetArgs()
    {
    }

    public static new DomainCpuGetArgs Empty => new();

    /// <summary><c>host-passthrough</c>, <c>host-model</c> or <c>custom</c>.</summary>
    [Input("mode")]
    public Input<string>? Mode { get; set; }
}
