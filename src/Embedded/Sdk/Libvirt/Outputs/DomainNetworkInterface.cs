using System.Collections.Immutable;

namespace Pulumi.Libvirt.Outputs;

/// <summary>A network interface of a domain.</summary>
[OutputType]
public sealed class DomainNetworkInterface
{
    public readonly ImmutableArray<string> Addresses;

    public readonly string? Bridge;

    public readonly string? Hostname;

    public readonly string? Mac;

    public readonly string? Macvtap;

    public readonly string? NetworkId;

    public readonly string? NetworkName;

    public readonly string? Passthrough;

    public readonly string? Vepa;

    public readonly bool? WaitForLease;

    [OutputConstructor]
    private DomainNetworkInterface(
        ImmutableArray<string> addresses,
        string? bridge,
        string? hostname,
        string? mac,
        string? macvtap,
        string? networkId,
        string? networkName,
        string? passthrough,
        string? vepa,
        bool? waitForLease)
    {
        Addresses = addresses;
        Bridge = bridge;
        Hostname = hostname;
        Mac = mac;
        Macvtap = macvtap;
        NetworkId = networkId;
        NetworkName = networkName;
        Passthrough = passthrough;
        Vepa = vepa;
        WaitForLease = waitForLease;
    }
}
