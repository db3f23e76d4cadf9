using PassthroughInfra.Component.Concerns.Guest;
using PassthroughInfra.Component.Facts;
using PassthroughInfra.Component.Planning;
using PassthroughInfra.Component.Spec;
using PassthroughInfra.Component.Tests.Support;

namespace PassthroughInfra.Component.Tests;

/// <summary>A ROM file that AppArmor lets QEMU read none of is told as long as it is so.</summary>
public sealed class GuestRomsTests
{
    private const string Enabled = "/sys/module/apparmor/parameters/enabled";
    private const string Additions = "/etc/apparmor.d/local/abstractions/libvirt-qemu";
    private const string Rom = "/var/lib/libvirt/vbios/card.rom";

    // Of Debian 12's abstractions/libvirt-qemu.
    private const string Shared = "  #include <abstractions/base>\n  /usr/share/kvm/** r,\n  owner /{,var/}tmp/**/ r,\n  deny /dev/shm/lttng-ust-wait-* r,\n  /dev/net/tun rw,\n  #include <local/abstractions/libvirt-qemu>\n";

    private static readonly HostFacts Bare = RecordedProbe.Load("stacks/probes/dev.json", Repository.Root) with
    {
        Receipts = [],
        Guest = new() { Libvirt = new() { Answers = true, LoginAllowed = true } },
    };

    [Theory]
    [InlineData("/var/lib/libvirt/vbios/card.rom r,", "Allowed")]
    [InlineData("  \"/var/lib/libvirt/vbios/card.rom\" rk,  # the card's", "Allowed")]
    [InlineData("/var/lib/libvirt/vbios/** r,", "Allowed")]
    [InlineData("/var/lib/libvirt/{vbios,roms}/*.rom r,", "Allowed")]
    [InlineData("/var/lib/libvirt/vbios/c[a-c]rd.rom r,", "Allowed")]
    [InlineData("allow file /var/lib/**.ro? mrw,", "Allowed")]
    [InlineData("audit r /var/lib/libvirt/vbios/*,", "Allowed")]
    [InlineData("file,", "Allowed")]
    [InlineData("/var/lib/libvirt/* r,", "NotMentioned")]
    [InlineData("/var/lib/libvirt/vbios/c[^a]rd.rom r,", "NotMentioned")]
    [InlineData("/var/lib/libvirt/vbios/card.rom w,", "NotMentioned")]
    [InlineData("/var/lib/libvirt/vbios/cardXrom r,", "NotMentioned")]
    [InlineData("# /var/lib/libvirt/vbios/card.rom r,", "NotMentioned")]
    [InlineData("owner /var/lib/libvirt/vbios/card.rom r,", "NotMentioned")]
    [InlineData("@{HOME}/**/card.rom r,", "NotMentioned")]
    [InlineData("/a,/var/lib/libvirt/vbios/card.rom r,", "NotMentioned")]
    // A rule that denies counts before any that allows, wherever it stands.
    [InlineData("deny /var/lib/libvirt/vbios/card.rom r,", "Denied")]
    [InlineData("audit deny /var/lib/libvirt/** rw,\n/var/lib/libvirt/vbios/card.rom r,", "Denied")]
    [InlineData("/var/lib/libvirt/vbios/card.rom r,\n  deny file @{var}/*.rom mr,", "Denied")]
    [InlineData("/var/lib/libvirt/vbios/card.rom r,\ndeny /var/lib/libvirt/** w,", "Allowed")]
    [InlineData("/var/lib/libvirt/vbios/card.rom r,\ndeny owner /var/lib/libvirt/** r,", "Allowed")]
    [InlineData("/var/lib/libvirt/vbios/card.rom r,\ndeny @{HOME}/*.img r,", "Allowed")]
    public void Of_a_file_rules_say_what_their_patterns_match(string rules, string verdict) => Assert.Equal(verdict, $"{GuestRoms.Judge($"{Shared}{rules}\n", Rom)}");

    [Theory]
    // Debian 12's abstraction, which includes one file for additions; libvirt's own, which includes a directory.
    [InlineData("#include <local/abstractions/libvirt-qemu>", Additions, null, Additions)]
    [InlineData("include if exists <abstractions/libvirt-qemu.d>", "/etc/apparmor.d/abstractions/libvirt-qemu.d/roms", null, "libvirt-qemu.d/roms")]
    [InlineData("include if exists <abstractions/libvirt-qemu.d>", "/etc/apparmor.d/abstractions/libvirt-qemu.d/roms.dpkg-old", "libvirt adds no rule", "libvirt-qemu.d/roms")]
    // What is not included counts for nothing.
    [InlineData("include if exists <abstractions/libvirt-qemu.d>", Additions, "libvirt adds no rule", "libvirt-qemu.d/roms")]
    [InlineData("#include <abstractions/base>", Additions, "libvirt adds no rule", "/etc/apparmor.d/abstractions/libvirt-qemu with the line")]
    public void Only_what_the_abstraction_includes_counts_and_is_named(string include, string place, string? told, string remedy)
    {
        var facts = Confined(Shared.Replace("#include <local/abstractions/libvirt-qemu>", include, StringComparison.Ordinal), File(place, $"{Rom} r,\n"));
        var finding = Told(facts).SingleOrDefault();
        Assert.Equal(told is null, finding is null);
        if (finding is not null)
        {
            Assert.Contains(told!, finding.Problem, StringComparison.Ordinal);
            Assert.Contains(remedy, finding.Remedy, StringComparison.Ordinal);
        }

        var denied = Confined(facts.File("/etc/apparmor.d/abstractions/libvirt-qemu").Content + $"deny {Rom} r,\n", File(place, $"{Rom} r,\n"));
        Assert.Contains("a rule denies it", Assert.Single(Told(denied)).Problem, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Y", "", "", true)]
    [InlineData("Y", "", Rom + " r,", false)]
    [InlineData("Y", "#security_driver = \"none\"\n", "", true)]
    [InlineData("Y", "security_driver = \"none\"\n", "", false)]
    [InlineData("N", "", "", false)]
    [InlineData("", "", "", false)]
    public void It_is_told_where_AppArmor_confines_guests_and_no_rule_is_there(string enabled, string settings, string additions, bool told)
    {
        var facts = Bare with
        {
            Files = [enabled.Length > 0 ? File(Enabled, enabled + "\n") : new() { Path = Enabled, Kind = FileKind.Absent }, File("/etc/libvirt/qemu.conf", settings), File("/etc/apparmor.d/abstractions/libvirt-qemu", Shared), File(Additions, additions)],
        };
        var findings = Told(facts);
        Assert.Equal(told ? 1 : 0, findings.Count);
        Assert.All(findings, f => Assert.Contains("AppArmor confines this host's guests, and QEMU may not read " + Rom, f.Problem, StringComparison.Ordinal));
    }

    [Fact]
    public void The_host_is_asked_only_for_a_file_elsewhere_than_where_every_guest_may_read()
    {
        Assert.Contains(Enabled, HostReader.Request(Spec(Rom)).Paths);
        Assert.DoesNotContain(Enabled, HostReader.Request(Spec("/usr/share/vgabios/card.rom")).Paths);
        Assert.DoesNotContain(HostPlan.Make(Spec("/usr/share/vgabios/card.rom"), Bare).Findings, f => f.Subject.EndsWith("romFile", StringComparison.Ordinal));
    }

    private static HostFacts Confined(string shared, FileFacts more) => Bare with { Files = [File(Enabled, "Y\n"), File("/etc/apparmor.d/abstractions/libvirt-qemu", shared), more] };

    private static List<Finding> Told(HostFacts facts) => [.. HostPlan.Make(Spec(Rom), facts).Findings.Where(f => f.Subject.EndsWith("romFile", StringComparison.Ordinal))];

    private static FileFacts File(string path, string content) => new() { Path = path, Kind = FileKind.Regular, Mode = "644", Owner = "root:root", Content = content };

    private static MachineSpec Spec(string rom) => GuestIdentity.Pin(SpecReader.Read(
        $$"""
        { "connection": { "host": "h", "hostKey": "insecure-accept-any" }, "packages": { "manage": false },
          "devices": [{ "name": "usb", "address": "04:00.0", "id": "1912:0014" }],
          "guests": [{ "name": "g", "memory": "1GiB", "cpus": { "cores": 2 }, "disk": { "path": "/srv/g.qcow2", "size": "1GiB" }, "deviceOptions": { "usb": { "romFile": "{{rom}}" } } }] }
        """), "stack");
}
