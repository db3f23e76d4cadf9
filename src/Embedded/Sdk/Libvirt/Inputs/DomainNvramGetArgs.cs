namespace Pulumi.Libvirt.Inputs;

/// <summary>The variables of UEFI firmware, as it is said to be when an existing domain is looked up.</summary>
public sealed class DomainNvramGetArgs : ResourceArgs
{
    public DomainNvramGetArgs()
    {
    }

    public static new DomainNvramGetArgs Empty => new();

    /// <summary>The path of the domain's own.</summary>
    [Input("file", required: true)]
    public Input<string> File { get; set; } = null!;

    /// <summary>What it is made from.</summary>
    [Input("template")]
    public Input<string>? Template { get; set; }
}
