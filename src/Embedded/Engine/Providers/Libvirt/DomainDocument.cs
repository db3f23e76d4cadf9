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
            Metadata(inputs.GetString("metadata")),
            new XElement("memory", new XAttribute("unit", "MiB"), Number(inputs.GetNumber("memory"))),
            new XElement("vcpu", Number(inputs.GetNumber("vcpu"))),
            OperatingSystem(inputs, capabilities, architecture),
            new XElement("features", new XElement("pae"), new XElement("acpi"), new XElement("apic")),
            new XElement("cpu", Attribute("mode", inputs.GetMap("cpu")?.GetString("mode"))),
            new XElement(
                "devices",
                new XElement("emulator", inputs.GetString("emulator") ?? capabilities.Emulator(architecture)),
                DomainDevices.Disks(inputs),
                DomainDevices.Filesystems(inputs),
                DomainDevices.Interfaces(inputs),
                XElement.Parse("<channel type='unix'><target type='virtio' name='org.qemu.guest_agent.0'/></channel>"),
                DomainDevices.Consoles(inputs),
                DomainDevices.Tpm(inputs.GetMap("tpm")),
                DomainDevices.Graphics(inputs.GetMap("graphics")),
                inputs.GetMap("video") is { } video ? new XElement("video", new XElement("model", new XAttribute("type", video.GetString("type") ?? "cirrus"))) : null,
                XElement.Parse("<rng model='virtio'><backend model='random'>/dev/urandom</backend></rng>"))));
    }

    internal static XAttribute? Attribute(string name, string? value) => value is null ? null : new(name, value);

    internal static XElement? Text(string name, string? value) => string.IsNullOrEmpty(value) ? null : new(name, value);

    internal static string Number(double? value) => (value ?? 0).ToString("0", CultureInfo.InvariantCulture);

    private static XElement? Metadata(string? xml) => string.IsNullOrEmpty(xml) ? null : new("metadata", XElement.Parse(xml));

    private static XElement OperatingSystem(PropertyMap inputs, HostCapabilities capabilities, string architecture)
    {
        var machine = capabilities.CanonicalMachine(architecture, inputs.GetString("machine") ?? "pc");
        var nvram = inputs.GetMap("nvram");
        return new(
            "os",
            new XElement("type", new XAttribute("arch", architecture), new XAttribute("machine", machine), "hvm"),
            inputs.GetString("firmware") is { Length: > 0 } firmware
                ? new XElement("loader", new XAttribute("readonly", "yes"), new XAttribute("secure", "no"), new XAttribute("type", "pflash"), firmware)
                : null,
            nvram is null ? null : new XElement("nvram", Attribute("template", nvram.GetString("template")), nvram.GetString("file")),
            Text("kernel", inputs.GetString("kernel")),
            Text("initrd", inputs.GetString("initrd")),
            Text("cmdline", CommandLine(inputs.GetList("cmdlines"))),
            (inputs.GetList("bootDevices")?.Items ?? []).SelectMany(d => d.AsMap?.GetList("devs")?.Items ?? []).Select(d => new XElement("boot", new XAttribute("dev", d.AsString ?? ""))));
    }

    /// <summary>The kernel's arguments in order of the alphabet; the key <c>_</c> is an argument without one.</summary>
    private static string CommandLine(PropertyList? parts) => string.Join(
        ' ',
        (parts?.Items ?? []).SelectMany(p => p.AsMap ?? PropertyMap.Empty).Select(e => e.Key == "_" ? e.Value.AsString : $"{e.Key}={e.Value.AsString}").Order(StringComparer.Ordinal));
}
