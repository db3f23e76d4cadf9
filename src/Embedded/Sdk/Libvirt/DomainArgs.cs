using Pulumi.Libvirt.Inputs;

namespace Pulumi.Libvirt;

/// <summary>Arguments of a <see cref="Domain"/>: those that a document of one's own (<see cref="Xml"/>) leaves any use for.</summary>
public sealed class DomainArgs : ResourceArgs
{
    public DomainArgs()
    {
    }

    public static new DomainArgs Empty => new();

    /// <summary>By default the host's.</summary>
    [Input("arch")]
    public Input<string>? Arch { get; set; }

    /// <summary>Whether it starts with the host; by default not.</summary>
    [Input("autostart")]
    public Input<bool>? Autostart { get; set; }

    [Input("description")]
    public Input<string>? Description { get; set; }

    [Input("emulator")]
    public Input<string>? Emulator { get; set; }

    /// <summary>The file of the UEFI firmware.</summary>
    [Input("firmware")]
    public Input<string>? Firmware { get; set; }

    /// <summary>By default <c>pc</c>.</summary>
    [Input("machine")]
    public Input<string>? Machine { get; set; }

    /// <summary>MiB; by default 512.</summary>
    [Input("memory")]
    public Input<int>? Memory { get; set; }

    /// <summary>By default one that is made up.</summary>
    [Input("name")]
    public Input<string>? Name { get; set; }

    /// <summary>By default true; any update starts a domain that is stopped.</summary>
    [Input("running")]
    public Input<bool>? Running { get; set; }

    /// <summary>By default <c>kvm</c>.</summary>
    [Input("type")]
    public Input<string>? Type { get; set; }

    /// <summary>By default 1.</summary>
    [Input("vcpu")]
    public Input<int>? Vcpu { get; set; }

    [Input("xml")]
    public Input<DomainXmlArgs>? Xml { get; set; }
}
