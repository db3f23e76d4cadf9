using PassthroughInfra.Component.Facts;
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
