using System.Diagnostics;
using System.Xml.Linq;
using PassthroughInfra.Component.Concerns.Guest;
using PassthroughInfra.Component.Spec;
using PassthroughInfra.Component.Tests.Support;

namespace PassthroughInfra.Component.Tests;

public sealed class DomainXmlTests
{
    private const string Machine = """
        connection: { host: h, hostKey: insecure-accept-any }
        devices:
          - { name: gpu, address: "01:00.0", id: "10de:1f82" }
          - { name: gpu-audio, address: "01:00.1", id: "10de:10fa" }
        network: { link: enp7s0, bridge: br0 }

        """;

    private static readonly string Cases = Path.Combine(Repository.Tests, "cases");

    public static TheoryData<string> Golden() =>
        [.. Directory.GetFiles(Cases, "domain*.xml", SearchOption.AllDirectories).Select(f => Path.GetRelativePath(Cases, f)).Order(StringComparer.Ordinal)];

    /// <summary>virt-xml-validate (Debian package libvirt-clients, with libxml2-utils) checks against libvirt's own RELAX NG schema.</summary>
    [Theory]
    [MemberData(nameof(Golden))]
    public async Task Every_golden_document_is_valid_by_libvirts_schema(string name)
    {
        var start = new ProcessStartInfo("virt-xml-validate", [Path.Combine(Cases, name), "domain"]) { RedirectStandardOutput = true, RedirectStandardError = true };
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync();
        var errors = await process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        Assert.True(process.ExitCode == 0, $"{await output}{errors}");
    }

    [Fact]
    public void A_change_of_phase_moves_nothing_but_media_screen_and_its_inputs()
    {
        var (install, passthrough) = (Build("phase: install", Full), Build("phase: passthrough", Full));
        string[] mayDiffer = ["cdrom", "graphics", "video", "audio", "spicevmc", "tablet", "mouse", "keyboard"];
        var left = Parts(install).Except(Parts(passthrough)).Concat(Parts(passthrough).Except(Parts(install))).ToList();
        Assert.NotEmpty(left);
        Assert.All(left, part => Assert.Contains(mayDiffer, part.Contains));
        foreach (var word in new[] { "/i.iso", "/d.iso", "spice", "qxl", "tablet" })
        {
            Assert.DoesNotContain(word, passthrough.ToString(), StringComparison.Ordinal);
        }
    }

    [Fact]
    public void A_disk_or_a_nic_more_does_not_move_a_passed_through_card_in_the_guest()
    {
        var before = RootPortOf(Build("", "disk: { path: /a.qcow2 }"), "0x01");
        Assert.Equal(before, RootPortOf(Build("", "disk: { path: /a.qcow2 }, disks: [{ path: /b.qcow2 }, { path: /c.qcow2, bus: scsi }], interfaces: [{}, {}], lookingGlass: { sizeMiB: 32 }, rng: false"), "0x01"));
    }

    [Fact]
    public void No_two_devices_have_the_same_address()
    {
        var addresses = Build("", Full).Descendants("address")
            .Where(a => a.Parent!.Name != "source" && a.Attribute("type") is not null)
            .Select(a => a.ToString().Replace(" multifunction=\"on\"", "", StringComparison.Ordinal)).ToList();
        Assert.Equal(addresses.Count, addresses.Distinct().Count());
    }

    [Fact]
    public void Without_a_reading_of_the_host_only_what_follows_from_it_is_left_out()
    {
        var document = Build("", "cpus: { cores: 4, pin: auto }");
        Assert.Null(document.Root!.Element("cputune"));
        Assert.Equal("4", document.Root.Element("vcpu")!.Value);
    }

    [Fact]
    public void A_guest_whose_identity_is_not_written_out_is_refused()
    {
        var spec = SpecReader.Read(Yaml.ToJson(Machine + "guests: [{ name: g, memory: 1GiB, cpus: { cores: 1 } }]"));
        Assert.Throws<ArgumentException>(() => DomainXml.Text(DeclaredGuest.Find(spec, "g"), null));
    }

    [Fact]
    public void What_a_user_writes_is_never_taken_for_markup()
    {
        var document = XDocument.Parse(Text("", "disk: { path: \"/srv/a&b<c>'d\\\".qcow2\" }"));
        Assert.Equal("/srv/a&b<c>'d\".qcow2", document.Descendants("disk").Single().Element("source")!.Attribute("file")!.Value);
    }

    private const string Full =
        "disk: { path: /a.qcow2 }, media: { install: /i.iso, drivers: /d.iso }, cdroms: [/c.iso], tpm: true, sound: {}, usb: [{ id: '046d:c52b' }], evdev: [{ device: /dev/input/event0 }]";

    private static XDocument Build(string phase, string more) => XDocument.Parse(Text(phase, more));

    private static string Text(string phase, string more)
    {
        string[] keys = ["name: g", "memory: 1GiB", more.Contains("cpus:", StringComparison.Ordinal) ? "" : "cpus: { cores: 2 }", phase, more];
        var spec = SpecReader.Read(Yaml.ToJson($"{Machine}guests: [{{ {string.Join(", ", keys.Where(k => k.Length > 0))} }}]"));
        return DomainXml.Text(DeclaredGuest.Find(GuestIdentity.Pin(spec, "a/b/c"), "g"), null);
    }

    // Every element right below domain and devices, with its content.
    private static IEnumerable<string> Parts(XDocument document) =>
        document.Root!.Elements().Where(e => e.Name != "devices").Concat(document.Root.Element("devices")!.Elements()).Select(e => e.ToString());

    private static string RootPortOf(XDocument document, string hostBus)
    {
        var guest = document.Descendants("hostdev").First(h => h.Element("source")!.Element("address")!.Attribute("bus")!.Value == hostBus).Element("address")!.Attribute("bus")!.Value;
        var port = document.Descendants("controller").Single(c => c.Attribute("type")!.Value == "pci" && $"0x{int.Parse(c.Attribute("index")!.Value, System.Globalization.CultureInfo.InvariantCulture):x2}" == guest);
        return $"{port.Element("address")!.Attribute("slot")!.Value}.{port.Element("address")!.Attribute("function")!.Value}";
    }
}
