using System.Xml.Linq;
using PassthroughInfra.Component.Spec;

namespace PassthroughInfra.Component.Concerns.Guest;

/// <summary>Devices of the host that the guest is given.</summary>
internal static class DomainHostDevices
{
    /// <summary>
    /// A PCI function. It is not <c>managed</c>: it was bound to vfio-pci at boot, and a start must fail rather than take it away from a
    /// driver of the host. Source: libvirt, "Domain XML format", USB / PCI / SCSI devices.
    /// </summary>
    public static XElement Pci(GuestFunction function, IReadOnlyDictionary<string, int> order, XElement address)
    {
        var (host, options) = (function.Device.Address, function.Options);
        var rom = options.RomFile is { } file ? new XElement("rom", options.RomBar == true ? new XAttribute("bar", "on") : null, new XAttribute("file", file))
            : options.RomBar is { } bar ? new XElement("rom", new XAttribute("bar", bar ? "on" : "off"))
            : null;
        return new(
            "hostdev",
            new XAttribute("mode", "subsystem"),
            new XAttribute("type", "pci"),
            new XAttribute("managed", "no"),
            new XElement("source", new XElement(
                "address",
                new XAttribute("domain", PciLayout.Hex(host.Domain, 4)),
                new XAttribute("bus", PciLayout.Hex(host.Bus, 2)),
                new XAttribute("slot", PciLayout.Hex(host.Device, 2)),
                new XAttribute("function", PciLayout.Hex(host.Function, 1)))),
            options.BootOrder is null ? null : new XElement("boot", new XAttribute("order", order[function.Device.Name])),
            rom,
            address);
    }

    /// <summary>A USB device.</summary>
    /// <param name="usb">Which.</param>
    /// <param name="port">Its port in the guest; the first is the tablet's.</param>
    public static XElement Usb(GuestUsbSpec usb, int port) => new(
        "hostdev",
        new XAttribute("mode", "subsystem"),
        new XAttribute("type", "usb"),
        new XAttribute("managed", "yes"),
        usb.Id is { } id
            ? new XElement(
                "source",
                usb.Optional ? new XAttribute("startupPolicy", "optional") : null,
                new XElement("vendor", new XAttribute("id", PciLayout.Hex(id.Vendor, 4))),
                new XElement("product", new XAttribute("id", PciLayout.Hex(id.Product, 4))))
            : new XElement(
                "source",
                usb.Optional ? new XAttribute("startupPolicy", "optional") : null,
                new XElement("address", new XAttribute("bus", usb.Bus!), new XAttribute("device", usb.Device!))),
        new XElement("address", new XAttribute("type", "usb"), new XAttribute("bus", 0), new XAttribute("port", port)));
}
