using PassthroughInfra.Component.Concerns.Network;
using PassthroughInfra.Component.Facts;
using PassthroughInfra.Component.Tests.Support;

namespace PassthroughInfra.Component.Tests;

/// <summary>ifupdown's files as interfaces(5) has them.</summary>
public sealed class InterfacesFilesTests
{
    private static readonly HostFacts Bare = RecordedProbe.Load("stacks/probes/dev.json", Repository.Root);

    [Theory]
    [InlineData("iface enp1s0 inet dhcp", "enp1s0", "dhcp")]
    [InlineData("iface enp1s0 inet static\n  address 192.0.2.1/24\niface enp1s0 inet6 auto", "enp1s0", "static")]
    [InlineData("iface enp1s0 inet manual\niface enp1s0 inet6 static", "enp1s0", "static")]
    [InlineData("iface en* inet dhcp", "enp1s0", "dhcp")]
    [InlineData("iface enp1s0 \\\n  inet dhcp", "enp1s0", "dhcp")]
    [InlineData("  iface enp1s0 inet dhcp", "enp1s0", "dhcp")]
    [InlineData("iface enp1s0 inherits other", "enp1s0", "other")]
    [InlineData("iface enp1s0 inet manual", "enp1s0", null)]
    [InlineData("# iface enp1s0 inet dhcp", "enp1s0", null)]
    [InlineData("auto enp1s0", "enp1s0", null)]
    [InlineData("iface enp1s01 inet dhcp", "enp1s0", null)]
    [InlineData("", "enp1s0", null)]
    public void A_link_is_set_up_by_a_line_that_names_a_method_other_than_manual(string text, string link, string? method) =>
        Assert.Equal(method, Read(("/etc/network/interfaces", text)).SetsUp(link)?.Method);

    [Theory]
    [InlineData("iface br0 inet dhcp\n  bridge_ports enp1s0 enp2s0", "br0")]
    [InlineData("iface br0 inet dhcp\n  bridge-ports enp2s0 \\\n  enp1s0", "br0")]
    [InlineData("iface br0 inet dhcp\n  bridge_ports regex enp.*", "br0")]
    [InlineData("iface br0 inet dhcp\n  bridge_ports none", null)]
    [InlineData("iface br0 inet dhcp\nauto enp1s0\n  bridge_ports enp1s0", null)]
    public void A_bridge_has_the_ports_of_its_own_lines(string text, string? bridge) => Assert.Equal(bridge, Read(("/etc/network/interfaces", text)).BridgeOver("enp1s0")?.Name);

    [Theory]
    [InlineData("source /etc/network/interfaces.d/*", true)]
    [InlineData("source-directory /etc/network/interfaces.d", true)]
    [InlineData("source interfaces.d/*", true)]
    [InlineData("", false)]
    public void Other_files_count_where_they_are_sourced(string line, bool counts)
    {
        var read = Read(("/etc/network/interfaces", line), ("/etc/network/interfaces.d/nic", "\niface enp1s0 inet dhcp"));
        Assert.Equal(counts ? "/etc/network/interfaces.d/nic, line 2: iface enp1s0 inet dhcp" : null, read.SetsUp("enp1s0")?.Place);
    }

    [Fact]
    public void What_is_sourced_from_elsewhere_is_told_and_not_guessed() =>
        Assert.Equal([("/etc/network/interfaces, line 2", "source /srv/nics")], Read(("/etc/network/interfaces", "auto lo\nsource /srv/nics")).NotRead);

    [Fact]
    public void A_file_that_is_left_of_a_removed_ifupdown_says_nothing() =>
        Assert.Empty(InterfacesFiles.Of(Bare with { Files = [File("/etc/network/interfaces", "iface enp1s0 inet dhcp")] }).Stanzas);

    private static InterfacesFiles Read(params (string Path, string Content)[] files) =>
        InterfacesFiles.Of(Bare with { System = Bare.System with { Tools = [.. Bare.System.Tools, "ifup"] }, Files = [.. files.Select(f => File(f.Path, f.Content))] });

    private static FileFacts File(string path, string content) => new() { Path = path, Kind = FileKind.Regular, Mode = "644", Owner = "root:root", Content = content };
}
