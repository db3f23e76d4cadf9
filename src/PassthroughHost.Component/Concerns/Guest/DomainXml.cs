using System.Text;
using System.Xml;
using System.Xml.Linq;
using PassthroughInfra.Component.Facts;
using PassthroughInfra.Component.Spec;

namespace PassthroughInfra.Component.Concerns.Guest;

/// <summary>
/// The guest as one complete libvirt domain document: the only source of truth of what is defined. Elements stand in the order libvirt
/// writes them; addresses are explicit, so that nothing in the guest moves and libvirt adds little. Source: libvirt, "Domain XML format".
/// </summary>
public static class DomainXml
{
    /// <summary>The program that runs a guest.</summary>
    internal const string Emulator = "/usr/bin/qemu-system-x86_64";
    private static readonly XNamespace Osinfo = "http://libosinfo.org/xmlns/libvirt/domain/1.0";

    /// <summary>Where libvirt keeps a guest's UEFI variables; the same for its whole life.</summary>
    public static string NvramPath(GuestSpec guest) => $"/var/lib/libvirt/qemu/nvram/{guest.Name}_VARS.fd";

    /// <summary>The document as text, indented by two, with a line end at its end. The same spec and facts give the same bytes.</summary>
    /// <param name="declared">The guest, its identity written out (<see cref="GuestIdentity.Pin"/>).</param>
    /// <param name="facts">What was read; null where the host could not be read: then what follows from the machine is left out.</param>
    /// <exception cref="ArgumentException">The guest's identity is not written out.</exception>
    public static string Text(DeclaredGuest declared, HostFacts? facts)
    {
        var text = new StringBuilder();
        using (var writer = XmlWriter.Create(text, new() { OmitXmlDeclaration = true, Indent = true, NewLineChars = "\n" }))
        {
            Document(declared, facts).Save(writer);
        }

        return text.Append('\n').ToString();
    }

    /// <summary>The document.</summary>
    /// <inheritdoc cref="Text"/>
    public static XDocument Document(DeclaredGuest declared, HostFacts? facts) => Build(declared, facts).Document;

    /// <summary>The document, and the places of the guest's overrides that it does not have.</summary>
    /// <inheritdoc cref="Text"/>
    internal static (XDocument Document, IReadOnlyList<string> Unplaced) Build(DeclaredGuest declared, HostFacts? facts)
    {
        var guest = declared.Spec;
        if (guest.Uuid is not { } uuid || guest.Interfaces is not { } cards || cards.Any(c => c.Mac is null))
        {
            throw new ArgumentException("The guest's UUID and MAC addresses are not written out: pin them first.", nameof(declared));
        }

        var pinning = GuestPinning.Plan(declared, facts);
        var domain = new XElement(
            "domain",
            new XAttribute("type", guest.Type == GuestType.Kvm ? "kvm" : "qemu"),
            new XElement("name", guest.Name),
            new XElement("uuid", uuid),
            new XElement("metadata", new XElement(
                Osinfo + "libosinfo",
                new XAttribute(XNamespace.Xmlns + "libosinfo", Osinfo),
                new XElement(Osinfo + "os", new XAttribute("id", OsinfoId(guest.Os))))),
            new XElement("memory", new XAttribute("unit", "KiB"), guest.Memory.KiB),
            new XElement("currentMemory", new XAttribute("unit", "KiB"), guest.Memory.KiB),
            DomainCpu.MemoryBacking(declared),
            new XElement("vcpu", new XAttribute("placement", "static"), guest.Cpus.Count),
            guest.Cpus.IoThreads > 0 ? new XElement("iothreads", guest.Cpus.IoThreads) : null,
            DomainCpu.Tune(pinning),
            DomainCpu.NumaTune(declared, facts, pinning),
            Os(guest, facts),
            DomainFeatures.Features(guest),
            DomainCpu.Cpu(declared, facts, pinning),
            DomainFeatures.Clock(guest),
            new XElement("on_poweroff", "destroy"),
            new XElement("on_reboot", "restart"),
            new XElement("on_crash", "destroy"),
            // A card that was passed through seldom survives the guest's sleep.
            new XElement("pm", Switch("suspend-to-mem"), Switch("suspend-to-disk")),
            new XElement("devices", new XElement("emulator", Emulator), DomainDevices.Of(declared, facts)));
        if (AdoptedDefinition.Of(guest, facts) is { } found)
        {
            AdoptedDefinition.Carry(domain, found, guest);
        }

        foreach (var extra in guest.ExtraXml)
        {
            Add(domain, extra);
        }

        var document = new XDocument(domain);
        return (document, DomainOverrides.Apply(document.Root!, guest.Overrides));

        static XElement Switch(string name) => new(name, new XAttribute("enabled", "no"));
    }

    private static XElement Os(GuestSpec guest, HostFacts? facts)
    {
        var files = GuestFirmwareFiles.Choose(guest, facts);
        return new(
            "os",
            new XElement("type", new XAttribute("arch", "x86_64"), new XAttribute("machine", guest.Machine), "hvm"),
            new XElement(
                "loader",
                new XAttribute("readonly", "yes"),
                guest.HasSecureBoot ? new XAttribute("secure", "yes") : null,
                new XAttribute("type", "pflash"),
                files.Code),
            new XElement("nvram", new XAttribute("template", files.Variables), NvramPath(guest)),
            // libvirt writes this by itself where no device has a place in the boot order.
            DomainStorage.BootOrder(guest).Count == 0 && !guest.AllCdroms().Any(c => c.Image == guest.Media.Install) ? new XElement("boot", new XAttribute("dev", "hd")) : null);
    }

    private static void Add(XElement domain, ExtraXmlSpec extra)
    {
        var parent = domain;
        if (extra.Under != ExtraXmlParent.Domain)
        {
            var name = ExtraXml.Word(extra.Under);
            parent = domain.Element(name);
            if (parent is null)
            {
                parent = new(name);
                domain.Add(parent);
            }
        }

        foreach (var element in ExtraXml.Parse(extra.Xml))
        {
            if (element.Name.Namespace == ExtraXml.Qemu)
            {
                domain.SetAttributeValue(XNamespace.Xmlns + "qemu", ExtraXml.Qemu);
            }

            foreach (var declaration in element.DescendantsAndSelf().Attributes().Where(a => a.IsNamespaceDeclaration).ToList())
            {
                declaration.Remove();
            }

            parent.Add(element);
        }
    }

    // Source: libosinfo's database, os/.
    private static string OsinfoId(GuestOs os) => os switch
    {
        GuestOs.Windows10 => "http://microsoft.com/win/10",
        GuestOs.Windows11 => "http://microsoft.com/win/11",
        _ => "http://libosinfo.org/linux/2022",
    };
}
