using System.Xml.Linq;
using PassthroughInfra.Component.Spec;

namespace PassthroughInfra.Component.Concerns.Guest;

/// <summary>
/// What Pulumi's libvirt provider makes: an empty machine under the guest's name and UUID, with a mark by which it is told from the guest. The provider
/// starts every domain that it makes, reads it and then switches it off, whatever <c>running</c> says: a machine with no disk, device, network card,
/// NVRAM or TPM is harmless to start, and needs neither the memory nor a device of the guest. The guest's command then defines the whole document under
/// the same UUID. Source: terraform-provider-libvirt 0.8, <c>resource_libvirt_domain.go</c>.
/// </summary>
internal static class EmptyMachine
{
    /// <summary>The namespace of the mark; guest.sh and libvirt.sh look for this text.</summary>
    public const string Mark = "urn:passthrough-host:empty";

    private static readonly XNamespace Namespace = Mark;

    /// <summary>The document.</summary>
    /// <param name="guest">The guest, its identity written out.</param>
    public static XElement Document(GuestSpec guest) => new(
        "domain",
        new XAttribute("type", guest.Type == GuestType.Kvm ? "kvm" : "qemu"),
        new XElement("name", guest.Name),
        new XElement("uuid", guest.Uuid),
        new XElement("metadata", new XElement(Namespace + "empty", new XAttribute(XNamespace.Xmlns + "passthrough-host", Mark))),
        new XElement("memory", new XAttribute("unit", "MiB"), 64),
        new XElement("vcpu", 1),
        new XElement("os", new XElement("type", new XAttribute("arch", "x86_64"), new XAttribute("machine", guest.Machine), "hvm")),
        new XElement("on_poweroff", "destroy"),
        new XElement("on_reboot", "destroy"),
        new XElement("on_crash", "destroy"),
        new XElement(
            "devices",
            new XElement("emulator", DomainXml.Emulator),
            // libvirt adds both where nothing is said.
            new XElement("controller", new XAttribute("type", "usb"), new XAttribute("model", "none")),
            new XElement("memballoon", new XAttribute("model", "none"))));

    /// <summary>Whether a domain document is an empty machine's.</summary>
    public static bool Is(XElement? document) => document?.Element("metadata")?.Elements(Namespace + "empty").Any() == true;
}
