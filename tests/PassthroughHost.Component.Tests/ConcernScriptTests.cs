using System.Text.RegularExpressions;
using PassthroughInfra.Component.Planning;
using PassthroughInfra.Component.Spec;
using PassthroughInfra.Component.Tests.Support;

namespace PassthroughInfra.Component.Tests;

/// <summary>Each concern's script is made of pieces that must not change one another.</summary>
public sealed partial class ConcernScriptTests
{
    private static readonly string[] Shared = ["host.sh", "journal.sh"];

    private static readonly MachineSpec Everything = GuestIdentity.Pin(SpecReader.Read(Yaml.ToJson(
        """
        connection: { host: h, hostKey: insecure-accept-any }
        devices: [{ name: usb, address: "04:00.0", id: "1912:0014" }]
        sriov: [{ address: "02:00.0", id: "8086:1521", vfs: 1 }]
        network: { link: enp7s0, vlan: 3000, bridge: br3000 }
        hugePages: { size: 2M, count: 8 }
        isolation: { cpus: "1" }
        desktop: false
        guests: [{ name: g, memory: 1GiB, cpus: { cores: 1 }, disk: { path: /var/lib/libvirt/images/g.qcow2, size: 1GiB } }]
        """)), "project/stack/host");

    public static TheoryData<string> Concerns() => [.. ConcernList.Wanted(Everything).Select(c => c.Name)];

    [Fact]
    public void All_of_them_are_looked_at() => Assert.Equal(ConcernList.OfHost.Count + ConcernList.OfGuest("g").Count, ConcernList.Wanted(Everything).Count());

    [Theory]
    [MemberData(nameof(Concerns))]
    public void No_piece_of_a_concerns_script_defines_a_function_again_that_another_has(string name)
    {
        var plan = ConcernList.Wanted(Everything).Single(c => c.Name == name).Plan(Everything, null);
        var pieces = (IEnumerable<string>)[.. Shared, .. plan.Script.Parts, plan.Script.Name];
        var defined = pieces.SelectMany(p => Function().Matches(EmbeddedScript.Text(p)).Select(m => (Function: m.Groups[1].Value, Piece: p))).ToList();
        var optional = new[] { "concern_applied", "concern_before_revert", "choices", "owns", "was_taken", "give_back" };
        Assert.All(defined.Where(d => !optional.Contains(d.Function)).GroupBy(d => d.Function), f => Assert.True(f.Count() == 1, $"{f.Key} is defined in {string.Join(" and ", f.Select(d => d.Piece))}"));
        Assert.All(new[] { "concern_check", "concern_apply", "concern_undo", "concern_revert" }, f => Assert.Contains(f, defined.Select(d => d.Function)));
    }

    /// <summary>What two scripts need is a piece of its own, which both are put together with: a fault that is mended in one copy stays in the other.</summary>
    [Fact]
    public void No_function_of_several_lines_is_written_in_two_scripts()
    {
        var written = Scripts().SelectMany(s => Body().Matches(EmbeddedScript.Text(s)).Select(m => (Script: s, Function: m.Groups[1].Value, Text: Comment().Replace(m.Groups[2].Value, "")))).ToList();
        Assert.Contains(written, w => w is { Script: "running-guests.sh", Function: "running_guests" });
        Assert.All(written.GroupBy(w => w.Text), t => Assert.True(t.Count() == 1, $"one and the same: {string.Join(" and ", t.Select(w => $"{w.Function} of {w.Script}"))}"));
    }

    /// <summary>mawk 1.3.4 of 2026 (Debian forky, Ubuntu 26.04) prints a line as it was where NF is changed after $NF was read: journals were read wrong, and no original let go.</summary>
    [Fact]
    public void No_awk_program_changes_the_number_of_fields() => Assert.DoesNotContain(Scripts(), s => FieldCount().IsMatch(EmbeddedScript.Text(s)));

    [Theory]
    [InlineData("/run/libvirt/qemu/*.pid", "running-guests.sh")]
    [InlineData("VID: $", "network-vlan.sh")]
    [InlineData("df -Pk \"$1\" |", "boot-room.sh")]
    [InlineData("qemu-img info", "guest-disks.sh")]
    [InlineData("libvirt-qemu}", "guest-disks.sh")]
    [InlineData("echo armed", "trial-state.sh")]
    public void What_a_host_is_asked_in_several_places_is_asked_by_one_script(string asked, string script) =>
        Assert.Equal([script], Scripts().Where(s => EmbeddedScript.Text(s).Contains(asked, StringComparison.Ordinal)));

    private static IEnumerable<string> Scripts() =>
        typeof(ConcernList).Assembly.GetManifestResourceNames().Where(n => n.EndsWith(".sh", StringComparison.Ordinal)).Order(StringComparer.Ordinal);

    [GeneratedRegex(@"^([a-z_]+)\(\) \{\n(.*?)^\}$", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Body();

    [GeneratedRegex(@"^ *#.*\n", RegexOptions.Multiline)]
    private static partial Regex Comment();

    // At the beginning of a line: those within a subshell are that subshell's own.
    [GeneratedRegex(@"^([a-z_]+)\(\)", RegexOptions.Multiline)]
    private static partial Regex Function();

    [GeneratedRegex(@"NF *(--|\+\+|[-+]?=[^=])|(--|\+\+)NF")]
    private static partial Regex FieldCount();
}
