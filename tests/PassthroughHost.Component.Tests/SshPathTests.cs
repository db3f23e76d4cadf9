using PassthroughInfra.Component.Facts;
using PassthroughInfra.Component.Spec;
using PassthroughInfra.Component.Tests.Support;

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

    /// <summary>The link of the kernel's module says what it is; that of wireguard-go is a tun device like any other, and only wg(8) knows it.</summary>
    [Theory]
    [InlineData("uevent", "DEVTYPE=wireguard\n", "off", "enp6s0")]
    [InlineData("tun_flags", "0x1001\n", "off", "enp6s0")]
    [InlineData("uevent", "DEVTYPE=wireguard\n", "0xca6c", "enp8s0")]
    public void Over_WireGuard_the_card_below_the_tunnel_is_the_way_by_the_route_of_its_own_packets(string file, string content, string mark, string card)
    {
        using var tree = new SysfsTree();
        foreach (var (name, slot) in new[] { ("enp6s0", "06"), ("enp8s0", "08") })
        {
            tree.Function($"pci0000:00/0000:{slot}:00.0", "10ec:8168", "020000");
            tree.Write($"sys/devices/pci0000:00/0000:{slot}:00.0/net/{name}/address", $"04:d9:f5:aa:00:{slot}\n");
            tree.Write($"sys/devices/pci0000:00/0000:{slot}:00.0/net/{name}/flags", "0x1003\n");
            tree.Link($"sys/devices/pci0000:00/0000:{slot}:00.0/net/{name}/device", "../..");
            tree.Link($"sys/class/net/{name}", $"../../devices/pci0000:00/0000:{slot}:00.0/net/{name}");
        }

        tree.Write("sys/devices/virtual/net/wg0/address", "\n");
        tree.Write($"sys/devices/virtual/net/wg0/{file}", content);
        tree.Link("sys/class/net/wg0", "../../devices/virtual/net/wg0");
        var said = tree.Run(
            $$"""
            ip() {
              case "$*" in
                *batch*) cat >/dev/null; echo 'default dev wg0' ;;
                *'get 10.9.0.2 from 10.9.0.1') echo '10.9.0.2 from 10.9.0.1 dev wg0 uid 0' ;;
                *'get 2001:db8::5 mark 0xca6c') echo '2001:db8::5 via fe80::1 dev enp8s0 src 2001:db8::37 metric 1024' ;;
                *'get 2001:db8::5') echo '2001:db8::5 via fe80::1 dev enp6s0 src 2001:db8::37 metric 1024' ;;
              esac
            }
            wg() {
              case $3 in
                fwmark) printf 'wg0\t%s\n' {{mark}} ;;
                endpoints) printf 'wg0\tkey-1=\t(none)\nwg0\tkey-2=\t[2001:db8::5]:51820\n' ;;
              esac
            }
            devices
            network '10.9.0.2 5000 10.9.0.1 22'
            tunnels
            """,
            "probe-devices.sh", "probe-network.sh", "probe-loader.sh");
        var path = ProbeParser.Parse(said + "address\twg0\t10.9.0.1/24\tglobal\nend\n").Network.SshPath;
        Assert.Equal("", path.Unknown);
        Assert.Equal([card], path.Links.Select(l => l.Name));
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
