using System.Globalization;
using System.Xml.Linq;

namespace PassthroughInfra.Component.Concerns.Guest;

/// <summary>The place of a root port on the guest's bus 0.</summary>
internal readonly record struct PciPlace(int Slot, int Function) : IComparable<PciPlace>
{
    /// <summary>The USB controller.</summary>
    public static PciPlace Usb { get; } = new(2, 0);

    /// <summary>The controller of the guest agent's and SPICE's channels.</summary>
    public static PciPlace Channels { get; } = new(2, 1);

    /// <summary>The source of random numbers.</summary>
    public static PciPlace Rng { get; } = new(2, 2);

    /// <summary>The SCSI controller.</summary>
    public static PciPlace Scsi { get; } = new(2, 3);

    /// <summary>The memory balloon.</summary>
    public static PciPlace Balloon { get; } = new(2, 4);

    /// <summary>The bridge to conventional PCI, for shared memory.</summary>
    public static PciPlace Conventional { get; } = new(2, 5);

    /// <summary>A network card: at most 8.</summary>
    public static PciPlace Network(int index) => new(3, index);

    /// <summary>A virtio disk: at most 16.</summary>
    public static PciPlace Disk(int index) => new(4 + (index / 8), index % 8);

    /// <summary>A card of the host: at most 80.</summary>
    public static PciPlace Card(int index) => new(6 + (index / 8), index % 8);

    /// <inheritdoc/>
    public int CompareTo(PciPlace other) => (Slot, Function).CompareTo((other.Slot, other.Function));
}

/// <summary>
/// The guest's PCI buses: one root port for each device, at a place that depends on what the device is, so that a disk more does not move
/// the graphics card, and a change of phase moves nothing. Source: libvirt, "PCI topology and hotplug".
/// </summary>
internal sealed class PciLayout
{
    private readonly SortedDictionary<PciPlace, int> _ports = [];

    /// <summary>The layout with a root port at each place.</summary>
    public PciLayout(IEnumerable<PciPlace> places)
    {
        foreach (var (place, index) in places.Distinct().Order().Select((p, i) => (p, i + 1)))
        {
            _ports[place] = index;
        }
    }

    /// <summary>The address of a device on a root port.</summary>
    public XElement On(PciPlace place, int function = 0, bool multifunction = false) => Address(_ports[place], 0, function, multifunction);

    /// <summary>The address of a device in a slot of the conventional bus.</summary>
    public XElement OnConventional(int slot) => Address(ConventionalIndex, slot, 0);

    /// <summary>An address.</summary>
    public static XElement Address(int bus, int slot, int function, bool multifunction = false) => new(
        "address",
        new XAttribute("type", "pci"),
        new XAttribute("domain", "0x0000"),
        new XAttribute("bus", Hex(bus, 2)),
        new XAttribute("slot", Hex(slot, 2)),
        new XAttribute("function", Hex(function, 1)),
        multifunction ? new XAttribute("multifunction", "on") : null);

    /// <summary>The controllers: the root, its ports, and the conventional bus behind its bridge.</summary>
    public IEnumerable<XElement> Controllers()
    {
        yield return Controller(0, "pcie-root");
        foreach (var (place, index) in _ports)
        {
            yield return Controller(
                index,
                "pcie-root-port",
                new XElement("model", new XAttribute("name", "pcie-root-port")),
                new XElement("target", new XAttribute("chassis", index), new XAttribute("port", Hex((place.Slot << 3) | place.Function, 1))),
                Address(0, place.Slot, place.Function, place.Function == 0 && _ports.Keys.Any(p => p.Slot == place.Slot && p.Function > 0)));
        }

        if (_ports.ContainsKey(PciPlace.Conventional))
        {
            yield return Controller(ConventionalIndex, "pcie-to-pci-bridge", new XElement("model", new XAttribute("name", "pcie-pci-bridge")), On(PciPlace.Conventional));
        }
    }

    /// <summary>A number as libvirt writes it: <c>0x1f</c>.</summary>
    public static string Hex(int number, int digits) => "0x" + number.ToString($"x{digits}", CultureInfo.InvariantCulture);

    private int ConventionalIndex => _ports.Count + 1;

    private static XElement Controller(int index, string model, params object?[] content) =>
        new("controller", new XAttribute("type", "pci"), new XAttribute("index", index), new XAttribute("model", model), content);
}
