using System.Globalization;
using System.Xml.Linq;

namespace PassthroughInfra.Component.Concerns.Guest;

/// <summary>What tells elements of one name apart in a domain document.</summary>
internal static class DomainKeys
{
    /// <summary>The element's name with its identity: <c>hostdev[01:00.0]</c>, <c>vcpupin[2]</c>, <c>os</c>.</summary>
    public static string Of(XElement element)
    {
        var name = element.Name.LocalName;
        var key = Identity(name, element);
        return string.IsNullOrEmpty(key) ? name : $"{name}[{key}]";
    }

    private static string? Identity(string name, XElement element) => name switch
    {
        "vcpupin" => Attribute(element, "vcpu"),
        "iothreadpin" => Attribute(element, "iothread"),
        "vcpusched" => Attribute(element, "vcpus"),
        "iothreadsched" => Attribute(element, "iothreads"),
        "memnode" => Attribute(element, "cellid"),
        "cell" or "iothread" or "vcpu" or "audio" => Attribute(element, "id"),
        "timer" => Attribute(element, "name"),
        "feature" => Attribute(element, "name"),
        "boot" => Attribute(element, "dev"),
        "page" => $"{Attribute(element, "size")}{Attribute(element, "unit")}",
        "disk" => Attribute(element.Element("target"), "dev"),
        "interface" => Attribute(element.Element("mac"), "address")?.ToLowerInvariant() ?? Source(element),
        "hostdev" => HostDevice(element),
        "controller" => $"{Attribute(element, "type")}:{Attribute(element, "index") ?? "0"}",
        "channel" => Attribute(element.Element("target"), "name") ?? Attribute(element, "type"),
        "graphics" or "serial" or "console" => $"{Attribute(element, "type")}",
        "input" => string.Join(':', new[] { Attribute(element, "type"), Attribute(element, "bus") ?? Attribute(element.Element("source"), "dev") }.Where(p => p is not null)),
        "filesystem" => Attribute(element.Element("target"), "dir"),
        "shmem" => Attribute(element, "name"),
        "sound" or "rng" or "watchdog" or "tpm" => Attribute(element, "model"),
        "redirdev" => Attribute(element, "bus"),
        _ => null,
    };

    private static string? HostDevice(XElement element)
    {
        var source = element.Element("source");
        return Attribute(element, "type") switch
        {
            "pci" => source?.Element("address") is { } pci ? Pci(pci) : null,
            "usb" when source?.Element("vendor") is { } vendor => $"usb {Hex(Attribute(vendor, "id"), 4)}:{Hex(Attribute(source.Element("product"), "id"), 4)}",
            "usb" => $"usb {Attribute(source?.Element("address"), "bus")}.{Attribute(source?.Element("address"), "device")}",
            "mdev" => $"mdev {Attribute(source?.Element("address"), "uuid")}",
            var type => type,
        };
    }

    private static string Pci(XElement address)
    {
        var brief = $"{Hex(Attribute(address, "bus"), 2)}:{Hex(Attribute(address, "slot"), 2)}.{Hex(Attribute(address, "function"), 1)}";
        var domain = Hex(Attribute(address, "domain"), 4);
        return domain == "0000" ? brief : $"{domain}:{brief}";
    }

    private static string Hex(string? value, int digits)
    {
        var number = value is null ? 0
            : value.StartsWith("0x", StringComparison.Ordinal) ? long.Parse(value.AsSpan(2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture)
            : long.Parse(value, CultureInfo.InvariantCulture);
        return number.ToString($"x{digits}", CultureInfo.InvariantCulture);
    }

    private static string? Source(XElement element) => element.Element("source")?.Attributes().FirstOrDefault()?.Value;

    private static string? Attribute(XElement? element, string name) => element?.Attribute(name)?.Value;
}
