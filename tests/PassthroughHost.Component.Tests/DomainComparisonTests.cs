using System.Xml.Linq;
using FsCheck;
using FsCheck.Fluent;
using FsCheck.Xunit;
using PassthroughInfra.Component.Concerns.Guest;

namespace PassthroughInfra.Component.Tests;

/// <summary>Domain documents compared by meaning, without libvirt.</summary>
public sealed class DomainComparisonTests
{
    private static readonly XElement Wanted = XElement.Parse(
        """
        <domain type="kvm">
          <name>win10</name>
          <uuid>6f1d3a54-8c1e-5b7a-9d53-0c4b2e7a9f10</uuid>
          <memory unit="KiB">12582912</memory>
          <vcpu placement="static">4</vcpu>
          <cputune>
            <vcpupin vcpu="0" cpuset="2"/>
            <vcpupin vcpu="1" cpuset="3"/>
            <emulatorpin cpuset="0-1"/>
          </cputune>
          <os><type arch="x86_64" machine="q35">hvm</type></os>
          <devices>
            <disk type="file" device="disk">
              <driver name="qemu" type="qcow2" cache="none"/>
              <source file="/var/lib/libvirt/images/win10.qcow2"/>
              <target dev="vda" bus="virtio"/>
            </disk>
            <interface type="bridge"><mac address="52:54:00:ab:cd:ef"/><source bridge="br3000"/><model type="virtio"/></interface>
            <hostdev mode="subsystem" type="pci" managed="yes">
              <source><address domain="0x0000" bus="0x01" slot="0x00" function="0x0"/></source>
              <address type="pci" domain="0x0000" bus="0x05" slot="0x00" function="0x0" multifunction="on"/>
            </hostdev>
            <memballoon model="none"/>
          </devices>
        </domain>
        """);

    [Fact]
    public void The_profile_that_libvirt_notes_of_a_TPM_at_its_first_start_is_no_change()
    {
        static XElement Domain(string profile) => XElement.Parse($"<domain><devices><tpm model='tpm-crb'><backend type='emulator' version='2.0'>{profile}</backend></tpm></devices></domain>");
        var started = Domain("<profile name='default-v1'/>");
        Assert.Empty(DomainComparison.ToEarlier(started, Domain("")));
        Assert.Empty(DomainComparison.ToWanted(started, Domain("")));
        Assert.NotEmpty(DomainComparison.ToEarlier(Domain("<profile name='null'/>"), started));
    }

    [Fact]
    public void Order_units_spelling_and_what_libvirt_adds_are_no_differences()
    {
        var live = new XElement(Wanted);
        live.Element("memory")!.SetAttributeValue("unit", "GiB");
        live.Element("memory")!.Value = "12";
        live.Element("os")!.Element("type")!.SetAttributeValue("machine", "pc-q35-7.2");
        live.Element("uuid")!.Value = "6F1D3A54-8C1E-5B7A-9D53-0C4B2E7A9F10";
        live.Element("cputune")!.Element("emulatorpin")!.SetAttributeValue("cpuset", "0,1");
        live.Element("devices")!.ReplaceNodes(live.Element("devices")!.Elements().Reverse().ToList());
        var device = live.Descendants("hostdev").Single();
        device.Element("source")!.Element("address")!.SetAttributeValue("bus", "1");
        device.Add(new XElement("alias", new XAttribute("name", "hostdev0")));
        live.Element("devices")!.Add(XElement.Parse("<controller type='sata' index='0'><address type='pci' domain='0x0000' bus='0x00' slot='0x1f' function='0x2'/></controller>"), XElement.Parse("<input type='mouse' bus='ps2'/>"), XElement.Parse("<emulator>/usr/bin/qemu-system-x86_64</emulator>"));
        live.Add(new XElement("currentMemory", new XAttribute("unit", "KiB"), 12582912), new XElement("on_crash", "destroy"), XElement.Parse("<resource><partition>/machine</partition></resource>"));
        Assert.Empty(DomainComparison.ToWanted(live, Wanted));
    }

    public static TheoryData<string, string> Tamperings() => new()
    {
        { "devices/hostdev[01:00.0]: missing", "hostdev:remove" },
        { "devices/disk[vda]: missing", "disk:remove" },
        { "cputune/vcpupin[1]: missing", "vcpupin:remove-last" },
        { "cputune/vcpupin[1]: 7 -> 3", "vcpupin:cpuset=7" },
        { "cputune/emulatorpin: 0 -> 0-1", "emulatorpin:cpuset=0" },
        { "memory: 1048576 KiB -> 12582912 KiB", "memory:=1048576" },
        { "vcpu: 2 -> 4", "vcpu:=2" },
        { "devices/disk[vda]/driver/@cache: writeback -> none", "driver:cache=writeback" },
        { "devices/disk[vda]/source/@file: /tmp/other.qcow2 -> /var/lib/libvirt/images/win10.qcow2", "source[file]:file=/tmp/other.qcow2" },
        { "devices/memballoon: virtio -> none", "memballoon:model=virtio" },
        { "os/type/@machine: pc-i440fx-7.2 -> q35", "type:machine=pc-i440fx-7.2" },
        { "devices/graphics[vnc]: not wanted", "+<graphics type='vnc' port='-1'/>" },
        { "devices/hostdev[05:00.0]: not wanted", "+<hostdev mode='subsystem' type='pci'><source><address domain='0' bus='5' slot='0' function='0'/></source></hostdev>" },
        { "@type: qemu -> kvm", "domain:type=qemu" },
    };

    [Theory]
    [MemberData(nameof(Tamperings))]
    public void Each_single_tampering_is_told_exactly(string expected, string tampering)
    {
        var live = new XElement(Wanted);
        Tamper(live, tampering);
        Assert.Equal(expected, Assert.Single(DomainComparison.ToWanted(live, Wanted)).ToString());
    }

    [Fact]
    public void Twins_of_one_kind_are_told_apart_by_what_they_are_and_not_by_their_place()
    {
        var live = new XElement(Wanted);
        var pins = live.Element("cputune")!;
        pins.ReplaceNodes(pins.Elements().Reverse().ToList());
        Assert.Empty(DomainComparison.ToWanted(live, Wanted));
    }

    [Property]
    public Property Nothing_differs_from_itself_in_any_order(int seed) => new Func<bool>(() =>
    {
        var live = new XElement(Wanted);
        var random = new Random(seed);
        foreach (var element in live.DescendantsAndSelf().Where(e => e.HasElements).ToList())
        {
            element.ReplaceNodes(element.Elements().OrderBy(_ => random.Next()).ToList());
        }

        return DomainComparison.ToEarlier(live, Wanted).Count == 0 && DomainComparison.ToWanted(live, Wanted).Count == 0;
    }).ToProperty();

    [Fact]
    public void A_running_instance_differs_from_its_definition_in_what_a_restart_would_change_alone()
    {
        var running = new XElement(Wanted);
        running.SetAttributeValue("id", "3");
        running.Element("devices")!.Element("disk")!.Element("source")!.SetAttributeValue("index", "1");
        running.Element("devices")!.Element("disk")!.Add(new XElement("alias", new XAttribute("name", "virtio-disk0")));
        running.Element("devices")!.Element("interface")!.Add(new XElement("target", new XAttribute("dev", "vnet0")));
        running.Add(XElement.Parse("<seclabel type='dynamic' model='dac'><label>+64055:+106</label></seclabel>"));
        Assert.Empty(DomainComparison.ToDefinition(running, Wanted));

        running.Element("memory")!.Value = "8388608";
        Assert.Equal("memory: 8388608 KiB -> 12582912 KiB", Assert.Single(DomainComparison.ToDefinition(running, Wanted)).ToString());
    }

    [Fact]
    public void The_stylesheet_makes_exactly_the_document_braces_and_all()
    {
        var document = new XElement(Wanted);
        document.Element("devices")!.Element("disk")!.Element("source")!.SetAttributeValue("file", "/images/{guid}-}{.qcow2");
        document.Add(XElement.Parse("<qemu:commandline xmlns:qemu='http://libvirt.org/schemas/domain/qemu/1.0'><qemu:arg value='{\"driver\":\"x\"}'/></qemu:commandline>"));
        var sheet = new System.Xml.Xsl.XslCompiledTransform();
        sheet.Load(XElement.Parse(DomainStylesheet.For(document, document.ToString())).CreateReader());
        var made = new XDocument();
        using (var writer = made.CreateWriter())
        {
            sheet.Transform(XElement.Parse("<domain><name>what the provider makes</name></domain>").CreateReader(), writer);
        }

        Assert.True(XNode.DeepEquals(document, made.Root), made.ToString());
    }

    private static void Tamper(XElement live, string tampering)
    {
        if (tampering[0] == '+')
        {
            live.Element("devices")!.Add(XElement.Parse(tampering[1..]));
            return;
        }

        var (name, what) = (tampering.Split(':', 2)[0], tampering.Split(':', 2)[1]);
        var element = name == "source[file]" ? live.Descendants("source").First() : live.DescendantsAndSelf(name).Last();
        if (what.StartsWith("remove", StringComparison.Ordinal))
        {
            element.Remove();
        }
        else if (what[0] == '=')
        {
            element.Value = what[1..];
        }
        else
        {
            element.SetAttributeValue(what.Split('=')[0], what.Split('=', 2)[1]);
        }
    }
}
