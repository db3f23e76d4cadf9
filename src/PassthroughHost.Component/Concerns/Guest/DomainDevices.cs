using System.Xml.Linq;
using PassthroughInfra.Component.Facts;
using PassthroughInfra.Component.Spec;

namespace PassthroughInfra.Component.Concerns.Guest;

/// <summary>Everything within <c>devices</c> after the emulator, in libvirt's order.</summary>
internal static class DomainDevices
{
    private const int UsbPorts = 15;

    /// <summary>The elements.</summary>
    public static IEnumerable<XElement> Of(DeclaredGuest declared, HostFacts? facts)
    {
        var guest = declared.Spec;
        var cards = GuestCards.Of(declared, facts);
        var layout = new PciLayout(Places(guest, cards.Count));
        var screen = DomainScreen.Of(guest);
        return
        [
            .. DomainStorage.Disks(guest, layout),
            .. layout.Controllers(),
            .. Controllers(guest, layout),
            .. guest.Interfaces!.Select((card, i) => Interface(card, layout.On(PciPlace.Network(i)))),
            .. Serial(guest),
            .. Channels(guest, screen),
            .. DomainScreen.Inputs(guest, screen),
            .. guest.HasTpm ? [Tpm()] : Array.Empty<XElement>(),
            .. DomainScreen.Graphics(screen),
            .. Sound(guest, screen),
            .. DomainScreen.Video(screen),
            .. cards.SelectMany((card, i) => card.Functions.Select(f => DomainHostDevices.Pci(f, DomainStorage.BootOrder(guest), layout.On(PciPlace.Card(i), f.Function, card.IsMultifunction && f.Function == 0)))),
            .. guest.Usb.Select((usb, i) => DomainHostDevices.Usb(usb, 2 + i)),
            cards.Count > 0
                ? new("memballoon", new XAttribute("model", "none"))
                : new("memballoon", new XAttribute("model", "virtio"), layout.On(PciPlace.Balloon)),
            .. guest.Rng ? [Rng(layout)] : Array.Empty<XElement>(),
            .. guest.LookingGlass is { } glass ? [SharedMemory(glass, layout)] : Array.Empty<XElement>(),
        ];
    }

    private static IEnumerable<PciPlace> Places(GuestSpec guest, int cards) =>
    [
        PciPlace.Usb,
        PciPlace.Channels,
        .. guest.Rng ? [PciPlace.Rng] : Array.Empty<PciPlace>(),
        .. guest.AllDisks().Any(d => d.Disk.Bus == DiskBus.Scsi) ? [PciPlace.Scsi] : Array.Empty<PciPlace>(),
        .. cards == 0 ? [PciPlace.Balloon] : Array.Empty<PciPlace>(),
        .. guest.LookingGlass is not null ? [PciPlace.Conventional] : Array.Empty<PciPlace>(),
        .. guest.Interfaces!.Select((_, i) => PciPlace.Network(i)),
        .. guest.AllDisks().Where(d => d.Disk.Bus == DiskBus.Virtio).Select((_, i) => PciPlace.Disk(i)),
        .. Enumerable.Range(0, cards).Select(PciPlace.Card),
    ];

    private static IEnumerable<XElement> Controllers(GuestSpec guest, PciLayout layout)
    {
        yield return new(
            "controller",
            new XAttribute("type", "usb"),
            new XAttribute("index", 0),
            new XAttribute("model", "qemu-xhci"),
            new XAttribute("ports", UsbPorts),
            layout.On(PciPlace.Usb));
        if (guest.AllDisks().Any(d => d.Disk.Bus == DiskBus.Scsi))
        {
            yield return new("controller", new XAttribute("type", "scsi"), new XAttribute("index", 0), new XAttribute("model", "virtio-scsi"), layout.On(PciPlace.Scsi));
        }

        // Q35's own SATA controller; it is always there.
        yield return new("controller", new XAttribute("type", "sata"), new XAttribute("index", 0), PciLayout.Address(0, 0x1f, 2));
        yield return new("controller", new XAttribute("type", "virtio-serial"), new XAttribute("index", 0), layout.On(PciPlace.Channels));
    }

    private static XElement Interface(GuestInterfaceSpec card, XElement address) => new(
        "interface",
        new XAttribute("type", "bridge"),
        new XElement("mac", new XAttribute("address", card.Mac!)),
        new XElement("source", new XAttribute("bridge", card.Bridge!)),
        new XElement("model", new XAttribute("type", card.Model == InterfaceModel.Virtio ? "virtio" : "e1000e")),
        card.Queues is { } queues ? new XElement("driver", new XAttribute("name", "vhost"), new XAttribute("queues", queues)) : null,
        card.Mtu is { } mtu ? new XElement("mtu", new XAttribute("size", mtu)) : null,
        address);

    private static IEnumerable<XElement> Serial(GuestSpec guest)
    {
        var type = new XAttribute("type", guest.SerialFile is null ? "pty" : "file");
        var source = guest.SerialFile is { } file ? new XElement("source", new XAttribute("path", file)) : null;
        yield return new("serial", type, source, new XElement("target", new XAttribute("type", "isa-serial"), new XAttribute("port", 0), new XElement("model", new XAttribute("name", "isa-serial"))));
        yield return new("console", type, source, new XElement("target", new XAttribute("type", "serial"), new XAttribute("port", 0)));
    }

    private static IEnumerable<XElement> Channels(GuestSpec guest, Screen screen)
    {
        if (guest.GuestAgent)
        {
            yield return Channel("unix", "org.qemu.guest_agent.0", 1);
        }

        if (screen.Server == GuestDisplay.Spice)
        {
            yield return Channel("spicevmc", "com.redhat.spice.0", 2);
        }
    }

    private static XElement Channel(string type, string name, int port) => new(
        "channel",
        new XAttribute("type", type),
        new XElement("target", new XAttribute("type", "virtio"), new XAttribute("name", name)),
        new XElement("address", new XAttribute("type", "virtio-serial"), new XAttribute("controller", 0), new XAttribute("bus", 0), new XAttribute("port", port)));

    // Its state outlives every definition of the guest: libvirt deletes what is not persistent along with the definition.
    private static XElement Tpm() => new(
        "tpm",
        new XAttribute("model", "tpm-crb"),
        new XElement("backend", new XAttribute("type", "emulator"), new XAttribute("version", "2.0"), new XAttribute("persistent_state", "yes")));

    private static IEnumerable<XElement> Sound(GuestSpec guest, Screen screen)
    {
        var spice = screen.Server == GuestDisplay.Spice;
        var backend = guest.Sound is null ? spice ? SoundBackend.Spice : SoundBackend.None : guest.Sound.Backend ?? (spice ? SoundBackend.Spice : SoundBackend.None);
        if (guest.Sound is { } sound)
        {
            yield return new(
                "sound",
                new XAttribute("model", sound.Model == SoundModel.Usb ? "usb" : "ich9"),
                new XElement("audio", new XAttribute("id", 1)),
                sound.Model == SoundModel.Usb ? null : PciLayout.Address(0, 0x1b, 0));
        }

        // SPICE brings its own backend where there is none: without a server of it, sound goes nowhere.
        yield return new(
            "audio",
            new XAttribute("id", 1),
            new XAttribute("type", (backend == SoundBackend.Spice && !spice ? SoundBackend.None : backend).ToString().ToLowerInvariant()),
            guest.Sound?.Server is { } server ? new XAttribute("serverName", server) : null);
    }

    private static XElement Rng(PciLayout layout) => new(
        "rng",
        new XAttribute("model", "virtio"),
        new XElement("backend", new XAttribute("model", "random"), "/dev/urandom"),
        layout.On(PciPlace.Rng));

    private static XElement SharedMemory(LookingGlassSpec glass, PciLayout layout) => new(
        "shmem",
        new XAttribute("name", "looking-glass"),
        new XElement("model", new XAttribute("type", "ivshmem-plain")),
        new XElement("size", new XAttribute("unit", "M"), glass.SizeMiB),
        layout.OnConventional(1));
}
