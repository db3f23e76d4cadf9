namespace Pulumi.Libvirt.Inputs;

/// <summary>The variables of UEFI firmware.</summary>
public sealed class DomainNvramArgs : ResourceArgs
{
    public DomainNvramArgs()
    {
    }

    public static new DomainNvramArgs Empty => new();

    /// <summary>The path of the domain's own.</summary>
    [Input("file", required: true)]
    public Input<string> File { get; set; } = null!;

    /// <summary>What it is made from.</summary>
    [Input("template")]
    public Input<string>? Template { get; set; }
}
