namespace Pulumi.Libvirt.Inputs;

/// <summary>The video device of a domain.</summary>
public sealed class DomainVideoArgs : ResourceArgs
{
    public DomainVideoArgs()
    {
    }

    public static new DomainVideoArgs Empty => new();

    [Input("type")]
    public Input<string>? Type { get; set; }
}
