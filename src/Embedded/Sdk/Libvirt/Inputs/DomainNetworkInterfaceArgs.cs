namespace Pulumi.Libvirt.Inputs;

/// <summary>A network interface of a domain.</summary>
public sealed class DomainNetworkInterfaceArgs : ResourceArgs
{
    [Input("addresses")]
    private InputList<string>? _addresses;

    public DomainNetworkInterfaceArgs()
    {
    }

    public static new DomainNetworkInterfaceArgs Empty => new();

    public InputList<string> Addresses
    {
        get => _addresses ??= [];
        set => _addresses = value;
    }

    /// <summary>A bridge of the host.</summary>
    [Input("bridge")]
    public Input<string>? Bridge { get; set; }

    [Input("hostname")]
    public Input<string>? Hostname { get; set; }

    /// <summary>By default one that is made up at creation.</summary>
    [Input("mac")]
    public Input<string>? Mac { get; set; }

    /// <summary>A device of the host, shared in bridge mode.</summary>
    [Input("macvtap")]
    public Input<string>? Macvtap { get; set; }

    [Input("networkId")]
    public Input<string>? NetworkId { get; set; }

    [Input("networkName")]
    public Input<string>? NetworkName { get; set; }

    /// <summary>A device of the host, given whole.</summary>
    [Input("passthrough")]
    public Input<string>? Passthrough { get; set; }

    /// <summary>A device of the host, in VEPA mode.</summary>
    [Input("vepa")]
    public Input<string>? Vepa { get; set; }

    /// <summary>Whether creating waits for a DHCP lease.</summary>
    [Input("waitForLease")]
    public Input<bool>? WaitForLease { get; set; }
}
