namespace Pulumi.Libvirt.Inputs;

/// <summary>The video device of a domain, as it is said to be when an existing domain is looked up.</summary>
public sealed class DomainVideoGetArgs : ResourceArgs
{
    public DomainVideoGetArgs()
    {
    }

    public static new DomainVideoGetArgs Empty => new();

    [Input("type")]
    public Input<string>? Type { get; set; }
}
