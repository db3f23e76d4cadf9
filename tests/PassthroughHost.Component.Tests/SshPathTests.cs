using PassthroughInfra.Component.Facts;
using PassthroughInfra.Component.Spec;

namespace PassthroughInfra.Component.Tests;

/// <summary>What carries the SSH session, where a bridge has more ports than the network card.</summary>
public class SshPathTests
{
    private static readonly LinkFacts Card = new() { Name = "enp7s0", Pci = PciAddress.Parse("0000:07:00.0"), State = "up", Master = "br0", IsHardware = true };

    private static readonly LinkFacts OtherCard = new() { Name = "enp8s0", Pci = PciAddress.Parse("0000:08:00.0"), State = "up", IsHardware = true };

    [Theory]
    [InlineData("vnet0", "tun")]
    [InlineData("vnet12", "tun")]
    [InlineData("veth4c2a91d", "veth")]
    public void A_running_guest_or_container_in_the_bridge_does_not_hide_the_card(string name, string kind)
    {
        var path = Path(Port(name, kind), Card);
        Assert.Equal("", path.Unknown);
        Assert.Equal(["enp7s0"], path.Links.Select(l => l.Name));
    }

    [Theory]
    [InlineData("tap0", "tun")]
    [InlineData("tinc", "tun")]
    [InlineData("vnetlab", "tun")]
    [InlineData("gretap1", "gretap")]
    public void A_tunnel_in_the_bridge_may_be_the_way_and_every_card_is_kept(string name, string kind)
    {
        var path = Path(Port(name, kind), Card);
        Assert.Contains($"{name} is a link of the kind {kind}, and what is below it is not known", path.Unknown, StringComparison.Ordinal);
        Assert.Equal(["enp7s0", "enp8s0"], path.Links.Select(l => l.Name).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void A_bridge_of_guests_alone_is_not_known()
    {
        var path = Path(Port("vnet0", "tun"), Card with { Master = "" });
        Assert.Contains("br0 is a link of the kind bridge", path.Unknown, StringComparison.Ordinal);
    }

    private static LinkFacts Port(string name, string kind) => new() { Name = name, Kind = kind, State = "up", Master = "br0", IsHardware = false };

    private static SshPath Path(LinkFacts port, LinkFacts card) => new NetworkFacts
    {
        Links = [port, card, OtherCard, new() { Name = "br0", Kind = "bridge", State = "up", IsHardware = false, Addresses = ["198.51.100.5/24"] }],
        SshServerAddress = "198.51.100.5",
        SshClientAddress = "198.51.100.9",
        SshRoute = "br0",
    }.SshPath;
}
