namespace Pulumi.Libvirt.Inputs;

/// <summary>A change to the domain's XML before it is defined, as it is said to be when an existing domain is looked up.</summary>
public sealed class DomainXmlGetArgs : ResourceArgs
{
    public DomainXmlGetArgs()
    {
    }

    public static new DomainXmlGetArgs Empty => new();

    /// <summary>The text of an XSLT stylesheet, run where the engine runs.</summary>
    [Input("xslt")]
    public Input<string>? Xslt { get; set; }
}
