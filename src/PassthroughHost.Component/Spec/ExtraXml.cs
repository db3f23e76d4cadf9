using System.Text.Json;
using System.Xml;
using System.Xml.Linq;

namespace PassthroughInfra.Component.Spec;

/// <summary>Reads pieces of domain XML, and knows which elements are this project's own.</summary>
internal static class ExtraXml
{
    /// <summary>The namespace in which QEMU's own options stand. Source: libvirt, "QEMU command-line passthrough".</summary>
    public static readonly XNamespace Qemu = "http://libvirt.org/schemas/domain/qemu/1.0";

    // What is written from other keys of the spec; anything else may be added. Devices that may be there several times are not in it.
    private static readonly Dictionary<ExtraXmlParent, string[]> Owned = new()
    {
        [ExtraXmlParent.Domain] =
        [
            "name", "uuid", "memory", "currentMemory", "memoryBacking", "vcpu", "vcpus", "iothreads", "iothreadids", "cputune", "numatune", "os", "features", "cpu",
            "clock", "devices", "on_poweroff", "on_reboot", "on_crash",
        ],
        [ExtraXmlParent.Devices] = ["emulator", "tpm", "memballoon"],
        [ExtraXmlParent.Features] = ["acpi", "apic", "hyperv", "kvm", "smm", "vmport"],
        [ExtraXmlParent.Cpu] = ["topology", "cache", "feature", "numa", "model", "vendor"],
        [ExtraXmlParent.Clock] = [],
        [ExtraXmlParent.CpuTune] = ["vcpupin", "emulatorpin", "iothreadpin"],
        [ExtraXmlParent.MemoryBacking] = ["hugepages", "nosharepages", "locked"],
    };

    /// <summary>The elements of a piece of XML; <c>qemu:</c> is declared for them.</summary>
    /// <exception cref="XmlException">It is not well-formed, has a document type, or holds text outside its elements.</exception>
    public static IReadOnlyList<XElement> Parse(string xml)
    {
        using var text = new StringReader($"<piece xmlns:qemu='{Qemu}'>{xml}</piece>");
        using var reader = XmlReader.Create(text, new() { DtdProcessing = DtdProcessing.Prohibit, IgnoreComments = true, IgnoreProcessingInstructions = true, IgnoreWhitespace = true });
        var root = XElement.Load(reader);
        if (root.Nodes().Any(n => n is not XElement) || root.ElementsAfterSelf().Any())
        {
            throw new XmlException("there is text outside its elements");
        }

        return [.. root.Elements()];
    }

    /// <summary>Whether an element may be added to a parent.</summary>
    public static bool MayStand(ExtraXmlParent parent, XElement element) =>
        (element.Name.Namespace == XNamespace.None && !Owned[parent].Contains(element.Name.LocalName))
        || (element.Name.Namespace == Qemu && parent == ExtraXmlParent.Domain);

    /// <summary>The parent's name in the XML.</summary>
    public static string Word(ExtraXmlParent parent) => TextValue.Word(parent);
}
