using System.Xml.Linq;
using PassthroughInfra.Component.Concerns.Guest;
using PassthroughInfra.Component.Tests.Support;
using PassthroughInfra.Engine.Providers.Tests.Fixture;

namespace PassthroughInfra.Component.Tests;

/// <summary>What a real libvirt makes of the golden documents: nothing that the comparison would call a difference.</summary>
public sealed class DomainDefinedTests(PrivateLibvirt libvirt) : IClassFixture<PrivateLibvirt>
{
    public static TheoryData<string> Documents() =>
        [.. Directory.GetDirectories(Path.Combine(Repository.Tests, "cases")).Where(c => File.Exists(Path.Combine(c, "expected", "domain.xml"))).Select(c => Path.GetFileName(c)).Order(StringComparer.Ordinal)];

    [Theory]
    [MemberData(nameof(Documents))]
    public void A_defined_document_does_not_differ_from_the_wanted_one(string name)
    {
        var wanted = Emulated(XElement.Load(Path.Combine(Repository.Tests, "cases", name, "expected", "domain.xml")));
        var live = Define(wanted);
        try
        {
            Assert.Equal([], DomainComparison.ToWanted(live, wanted).Select(d => d.ToString()));
            Assert.Empty(DomainComparison.ToEarlier(Define(live), live));

            // What is taken out of it, or put into it, is told, and nothing else.
            foreach (var device in wanted.Element("devices")!.Elements("hostdev").Select(DomainKeys.Of).ToList())
            {
                var without = new XElement(live);
                without.Element("devices")!.Elements("hostdev").Single(h => DomainKeys.Of(h) == device).Remove();
                Assert.Equal([$"devices/{device}: missing"], DomainComparison.ToWanted(without, wanted).Select(d => d.ToString()));
                Assert.Equal([$"devices/{device}: not wanted"], DomainComparison.ToWanted(live, Without(wanted, device)).Select(d => d.ToString()));
            }
        }
        finally
        {
            libvirt.Virsh("undefine", "--keep-nvram", wanted.Element("name")!.Value);
        }
    }

    private static XElement Without(XElement wanted, string device)
    {
        var without = new XElement(wanted);
        without.Element("devices")!.Elements("hostdev").Single(h => DomainKeys.Of(h) == device).Remove();
        return without;
    }

    private XElement Define(XElement document)
    {
        var file = Path.Combine(libvirt.Root, $"define-{Guid.NewGuid():N}.xml");
        File.WriteAllText(file, document.ToString());
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.GroupRead | UnixFileMode.OtherRead);
        }

        libvirt.Virsh("define", "--file", file);
        var dump = libvirt.Virsh("dumpxml", "--inactive", document.Element("name")!.Value);
        Assert.True(dump.Length > 0, $"libvirt refused {document.Element("name")!.Value}");
        return XElement.Parse(dump);
    }

    // KVM is not everywhere where this runs, and libvirt asks for it when it defines.
    private static XElement Emulated(XElement document)
    {
        document.SetAttributeValue("type", "qemu");
        return document;
    }
}
