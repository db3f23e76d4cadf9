using PassthroughInfra.Component.Facts;
using PassthroughInfra.Component.Probe;
using PassthroughInfra.Component.Spec;
using PassthroughInfra.Component.Tests.Support;

namespace PassthroughInfra.Component.Tests;

/// <summary>probes/lab.txt is what probe.sh printed on the virtual host.</summary>
public sealed class ProbeParserTests
{
    private static readonly string Text = File.ReadAllText(Path.Combine(Repository.Tests, "probes", "lab.txt"));

    [Fact]
    public void A_reading_of_the_virtual_host_is_understood()
    {
        var facts = ProbeParser.Parse(Text);
        Assert.Equal(("debian", "12", false), (facts.System.Distribution, facts.System.Version, facts.System.Uefi));
        Assert.Equal(["DMAR"], facts.System.AcpiTables);
        Assert.Equal(12, facts.Device(PciAddress.Parse("01:00.0"))!.Group);
        Assert.Equal("enp7s0", facts.Network.SshLink!.Name);
        Assert.Equal(PciAddress.Parse("09:00.0"), Assert.Single(facts.Disks).Controller);
        Assert.Equal(VfioPresence.Module, Assert.Single(facts.Boot.Kernels).VfioPci);
        Assert.Equal(2, facts.Boot.Entries.Count);
        Assert.Equal(FileKind.Absent, facts.File("/etc/nope").Kind);
        Assert.StartsWith("# If you change this file", facts.File("/etc/default/grub").Content, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/etc/netplan/01.yaml", "network:\n  wifis:\n    wlan0: { access-points: { home: { password: \"hunter 2\" } }, dhcp4: true }\n")]
    [InlineData("/etc/netplan/01.yaml", "      auth:\n        password: hunter\n        client-key-password: 'hunter'\n        method: 802.1x\n")]
    [InlineData("/etc/netplan/01.yaml", "  tunnels:\n    wg0: { mode: wireguard, keys: { private: hunter= }, peers: [{ keys: { shared: hunter= } }] }\n")]
    [InlineData("/etc/network/interfaces.d/wlan0", "iface wlan0 inet dhcp\n    wpa-ssid home\n    wpa-psk   hunter2 \n")]
    public void A_recorded_reading_has_no_password_of_the_network_and_is_read_as_before(string path, string content)
    {
        var facts = ProbeParser.Parse(Text);
        var recorded = RecordedProbe.Write(facts with { Files = [new() { Path = path, Kind = FileKind.Regular, Content = content }] });
        Assert.DoesNotContain("hunter", recorded, StringComparison.Ordinal);
        var kept = Assert.Single(RecordedProbe.Read(recorded).Files).Content;
        Assert.Equal(content.Split('\n').Length, kept.Split('\n').Length);
        Assert.Contains(content.Contains("dhcp", StringComparison.Ordinal) ? "dhcp" : content.Contains("802", StringComparison.Ordinal) ? "method: 802.1x" : "mode: wireguard", kept, StringComparison.Ordinal);
    }

    [Fact]
    public void Ports_and_a_trial_are_understood()
    {
        // Source validation, request and completion redirect and upstream forwarding can be controlled (0x1d); 0x15 lacks one of them.
        var facts = ProbeParser.Parse("port\t0000:00:02.0\t4\t29\t29\nport\t0000:00:02.1\t4\t29\t21\nport\t0000:00:02.2\t6\t\t\ngrubdisk\tdm-0\text4\ntext\tverified\t\ta\ntrial\tfailed\tdigest\t1\tb c\n" + Text);
        Assert.Equal((PciPort.RootPort, true), (facts.Device(PciAddress.Parse("00:02.0"))!.Port, facts.Device(PciAddress.Parse("00:02.0"))!.Acs));
        Assert.False(facts.Device(PciAddress.Parse("00:02.1"))!.Acs);
        Assert.Equal((PciPort.DownstreamPort, false), (facts.Device(PciAddress.Parse("00:02.2"))!.Port, facts.Device(PciAddress.Parse("00:02.2"))!.Acs));
        Assert.Equal((PciPort.None, null), (facts.Device(PciAddress.Parse("01:00.0"))!.Port, facts.Device(PciAddress.Parse("01:00.0"))!.Acs));
        Assert.Equal(("dm-0", "ext4", "a"), (facts.Boot.GrubDevice, facts.Boot.GrubFileSystem, facts.Boot.Verified));
        Assert.Equal(new TrialFacts { Arguments = "b c", State = TrialState.Failed, EarlyDigest = "digest", Unverified = true }, facts.Boot.Trial);
    }

    [Fact]
    public void A_recorded_reading_is_the_same_when_read_again()
    {
        var facts = ProbeParser.Parse(Text);
        Assert.Equal(RecordedProbe.Write(facts), RecordedProbe.Write(RecordedProbe.Read(RecordedProbe.Write(facts))));
    }

    [Fact]
    public void A_reading_that_was_cut_short_is_refused() =>
        Assert.Throws<ProbeException>(() => ProbeParser.Parse(Text[..(Text.Length / 2)]));
}
