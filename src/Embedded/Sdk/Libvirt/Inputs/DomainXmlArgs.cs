namespace Pulumi.Libvirt.Inputs;

/// <summary>A change to the domain's XML before it is defined.</summary>
public sealed class DomainXmlArgs : ResourceArgs
{
    public DomainXmlArgs()
    {
    }

    public static new DomainXmlArgs Empty => new();

    /// <summary>The text of an XSLT stylesheet, run where the engine runs.</summary>
    [Input("xslt")]
    public Input<string>? Xslt { get; set; }
}
