using System.Text;
using System.Text.Json;
using System.Xml.Linq;
using PassthroughInfra.Component.Advice;
using PassthroughInfra.Component.Concerns.Guest;
using PassthroughInfra.Component.Facts;
using PassthroughInfra.Component.Spec;
using PassthroughInfra.Component.Tests.Support;

namespace PassthroughInfra.Component.Tests;

/// <summary>
/// A domain that was made by hand, as a guest of a stack file. Each adopted/NAME.xml is one, with NAME.txt of what its keys say and what no key says;
/// UPDATE_GOLDEN=1 writes what is there now.
/// </summary>
public sealed class AdoptedGuestTests
{
    private static readonly string Folder = Path.Combine(Repository.Tests, "adopted");

    private static readonly JsonSerializerOptions Lines = new() { WriteIndented = true, Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private static readonly HostFacts Host = RecordedProbe.Load("stacks/probes/dev.json", Repository.Root);

    private static readonly StackEntry[] Machine =
    [
        new("devices", new[]
        {
            new StackMap([new("name", "gpu"), new("address", "01:00.0"), new("id", "10de:1f82")]),
            new StackMap([new("name", "gpu-audio"), new("address", "01:00.1"), new("id", "10de:10fa")]),
        }),
    ];

    public static TheoryData<string> Names() => [.. Directory.GetFiles(Folder, "*.xml").Select(f => Path.GetFileNameWithoutExtension(f)).Order(StringComparer.Ordinal)];

    [Theory]
    [MemberData(nameof(Names))]
    public void With_all_overrides_the_definition_means_the_same_as_before(string name)
    {
        var definition = Read(name);
        var planned = Planned(definition, AdoptedGuest.From(definition, false, Machine, Host).Whole);
        Assert.Equal([], DomainComparison.ToEarlier(XElement.Parse(definition), planned).Select(d => d.ToString()));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Without_them_what_is_told_is_all_that_differs(string name)
    {
        var definition = Read(name);
        var adopted = AdoptedGuest.From(definition, false, Machine, Host);
        var differences = DomainComparison.ToEarlier(XElement.Parse(definition), Planned(definition, adopted.Entry)).Select(d => d.Path).ToList();
        Assert.All(differences, d => Assert.Contains(adopted.Rest, r => d == r.Place || d.StartsWith(r.Place + "/", StringComparison.Ordinal)));
        Assert.All(adopted.Rest, r => Assert.Contains(differences, d => d == r.Place || d.StartsWith(r.Place + "/", StringComparison.Ordinal)));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void The_places_of_devices_firmware_and_boot_order_stay_without_a_word_in_the_spec(string name)
    {
        var definition = Read(name);
        var adopted = AdoptedGuest.From(definition, false, Machine, Host);
        var (was, now) = (XElement.Parse(definition), Planned(definition, adopted.Entry));
        Assert.Equal(was.Descendants("controller").Select(c => c.ToString()), now.Descendants("controller").Select(c => c.ToString()));
        Assert.Equal($"{was.Element("os")!.Element("nvram")}{was.Element("os")!.Element("loader")}", $"{now.Element("os")!.Element("nvram")}{now.Element("os")!.Element("loader")}");
        Assert.Equal(was.Element("os")!.Elements("boot").Select(b => b.ToString()), now.Element("os")!.Elements("boot").Select(b => b.ToString()));
        foreach (var mac in now.Descendants("interface").Select(i => (string)i.Element("mac")!.Attribute("address")!))
        {
            Assert.Equal(Card(was, mac), Card(now, mac));
        }

        static string Card(XElement domain, string mac) => domain.Descendants("interface").Single(i => (string)i.Element("mac")!.Attribute("address")! == mac).Element("address")!.ToString();
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void What_the_keys_say_and_what_no_key_says_is_as_expected(string name)
    {
        var adopted = AdoptedGuest.From(Read(name), true, Machine, Host);
        var text = new StringBuilder(adopted.Entry.ToJson().ToJsonString(Lines)).Append("\n\n");
        foreach (var rest in adopted.Rest)
        {
            text.Append($"{rest.Place}: {(rest.Text.Length == 0 ? "(nothing there)" : rest.Text)}\n");
        }

        var expected = Path.Combine(Folder, $"{name}.txt");
        if (Environment.GetEnvironmentVariable("UPDATE_GOLDEN") == "1")
        {
            File.WriteAllText(expected, text.ToString());
        }

        Assert.Equal(File.Exists(expected) ? File.ReadAllText(expected) : "", text.ToString());
    }

    [Theory]
    [InlineData("<name>gaming</name>", "<name>Windows 10</name>", "its name is \"Windows 10\"")]
    [InlineData("<domain type='kvm'", "<domain type='xen'", "it is of the type xen")]
    [InlineData("arch='x86_64'", "arch='aarch64'", "it is no x86_64 machine")]
    [InlineData("</domain>", "", "its definition is no XML")]
    public void What_cannot_be_taken_over_is_said(string from, string to, string why) =>
        Assert.StartsWith(why, AdoptedGuest.From(Read("guide-with-qemu-arguments").Replace(from, to, StringComparison.Ordinal), false, Machine, Host).Refusal, StringComparison.Ordinal);

    [Fact]
    public void Without_its_devices_in_the_stack_file_a_guest_has_them_as_they_stand()
    {
        var adopted = AdoptedGuest.From(Read("virt-manager-windows"), false, [], Host);
        Assert.Equal("[]", adopted.Entry.ToJson()["devices"]!.ToJsonString());
        Assert.Contains(adopted.Rest, r => r.Place == "devices/hostdev[01:00.0]" && r.Text.Contains("<rom file=\"/usr/share/vgabios/card.rom\"", StringComparison.Ordinal));
    }

    [Fact]
    public void A_disk_that_the_spec_adds_has_a_name_and_a_place_of_its_own()
    {
        var definition = Read("virt-manager-windows");
        var entry = AdoptedGuest.From(definition, false, Machine, Host).Whole;
        var more = new StackMap([.. entry.Entries, new("disks", new[] { new StackMap([new("path", "/var/lib/libvirt/images/data.qcow2"), new("size", "10GiB")]) })]);
        var disks = Planned(definition, more).Descendants("disk").ToDictionary(d => (string)d.Element("target")!.Attribute("dev")!);
        Assert.Equal("0x04", (string?)disks["vdb"].Element("address")?.Attribute("bus"));
        Assert.Null(disks["vda"].Element("address"));
        Assert.Equal("/var/lib/libvirt/images/data.qcow2", (string?)disks["vda"].Element("source")!.Attribute("file"));
    }

    private static string Read(string name) => File.ReadAllText(Path.Combine(Folder, $"{name}.xml"));

    private static XElement Planned(string definition, StackMap entry)
    {
        var machine = new StackMap([new("connection", new StackMap([new("host", "h"), new("hostKey", "insecure-accept-any")])), .. Machine, new("guests", new[] { entry })]);
        var spec = GuestIdentity.Pin(SpecReader.Read(machine.ToJson().ToJsonString()), "test");
        var facts = Host with { Guest = new() { Guests = [new() { Name = spec.Guests[0].Name.ToString(), Adopted = definition }] } };
        // As it goes to libvirt and comes back: as text.
        return XElement.Parse(DomainXml.Text(new(spec), facts));
    }
}
