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
    [InlineData("/var/lib/libvirt/vbios/card.rom r,", true)]
    [InlineData("  \"/var/lib/libvirt/vbios/card.rom\" rk,  # the card's", true)]
    [InlineData("/var/lib/libvirt/vbios/** r,", true)]
    [InlineData("/var/lib/libvirt/{vbios,roms}/*.rom r,", true)]
    [InlineData("allow file /var/lib/**.ro? mrw,", true)]
    [InlineData("/var/lib/libvirt/* r,", false)]
    [InlineData("/var/lib/libvirt/vbios/card.rom w,", false)]
    [InlineData("/var/lib/libvirt/vbios/cardXrom r,", false)]
    [InlineData("# /var/lib/libvirt/vbios/card.rom r,", false)]
    [InlineData("deny /var/lib/libvirt/vbios/card.rom r,", false)]
    [InlineData("owner /var/lib/libvirt/vbios/card.rom r,", false)]
    [InlineData("@{HOME}/**/card.rom r,", false)]
    [InlineData("/a,/var/lib/libvirt/vbios/card.rom r,", false)]
    public void A_rule_allows_what_its_pattern_matches(string rule, bool allows) => Assert.Equal(allows, GuestRoms.Allows($"{Shared}{rule}\n", Rom));

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
        var findings = HostPlan.Make(Spec(Rom), facts).Findings.Where(f => f.Subject.EndsWith("romFile", StringComparison.Ordinal)).ToList();
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

    private static FileFacts File(string path, string content) => new() { Path = path, Kind = FileKind.Regular, Mode = "644", Owner = "root:root", Content = content };

    private static MachineSpec Spec(string rom) => GuestIdentity.Pin(SpecReader.Read(
        $$"""
        { "connection": { "host": "h", "hostKey": "insecure-accept-any" }, "packages": { "manage": false },
          "devices": [{ "name": "usb", "address": "04:00.0", "id": "1912:0014" }],
          "guests": [{ "name": "g", "memory": "1GiB", "cpus": { "cores": 2 }, "disk": { "path": "/srv/g.qcow2", "size": "1GiB" }, "deviceOptions": { "usb": { "romFile": "{{rom}}" } } }] }
        """), "stack");
}
