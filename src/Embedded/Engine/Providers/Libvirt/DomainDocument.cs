using System.Globalization;
using System.Xml.Linq;
using PassthroughInfra.Engine.Values;

namespace PassthroughInfra.Engine.Providers.Libvirt;

/// <summary>
/// The domain document (https://libvirt.org/formatdomain.html) that terraform-provider-libvirt 0.8 makes of a resource's inputs, before
/// their stylesheet changes it: the same elements with the same defaults, a SPICE display and an agent channel among them.
/// </summary>
internal static class DomainDocument
{
    public static XDocument Make(PropertyMap inputs, HostCapabilities capabilities)
    {
        var architecture = inputs.GetString("arch") ?? capabilities.HostArchitecture;
        return new(new XElement(
            "domain",
            new XAttribute("type", inputs.GetString("type") ?? "kvm"),
            new XElement("name", inputs.GetString("name")),
            Text("description", inputs.GetString("description")),
            new XElement("memory", new XAttribute("unit", "MiB"), Number(inputs.GetNumber("memory"))),
            new XElement("vcpu", Number(inputs.GetNumber("vcpu"))),
            OperatingSystem(inputs, capabilities, architecture),
            new XElement("features", new XElement("pae"), new XElement("acpi"), new XElement("apic")),
            new XElement("cpu"),
            new XElement(
                "devices",
                new XElement("emulator", inputs.GetString("emulator") ?? capabilities.Emulator(architecture)),
                XElement.Parse("<channel type='unix'><target type='virtio' name='org.qemu.guest_agent.0'/></channel>"),
                XElement.Parse("<graphics type='spice' autoport='yes'/>"),
                XElement.Parse("<rng model='virtio'><backend model='random'>/dev/urandom</backend></rng>"))));
    }

    private static XElement? Text(string name, string? value) => string.IsNullOrEmpty(value) ? null : new(name, value);

    private static string Number(double? value) => (value ?? 0).ToString("0", CultureInfo.InvariantCulture);

    private static XElement OperatingSystem(PropertyMap inputs, HostCapabilities capabilities, string architecture)
    {
        var machine = capabilities.CanonicalMachine(architecture, inputs.GetString("machine") ?? "pc");
        return new(
            "os",
            new XElement("type", new XAttribute("arch", architecture), new XAttribute("machine", machine), "hvm"),
            inputs.GetString("firmware") is { Length: > 0 } firmware
                ? new XElement("loader", new XAttribute("readonly", "yes"), new XAttribute("secure", "no"), new XAttribute("type", "pflash"), firmware)
                : null);
    }
}
