using System.Xml.Linq;
using PassthroughInfra.Component.Spec;

namespace PassthroughInfra.Component.Concerns.Guest;

/// <summary>What of an emulated screen a guest has.</summary>
/// <param name="Server">The server that shows it or carries its input.</param>
/// <param name="HasCard">Whether there is an emulated graphics card.</param>
internal sealed record Screen(GuestDisplay Server, bool HasCard);

/// <summary>
/// Screens and inputs: in the install phase SPICE with QXL, in the passthrough phase none, or for Looking Glass a SPICE server without a
/// screen.
/// </summary>
internal static class DomainScreen
{
    /// <summary>What the guest has in the phase it is in.</summary>
    public static Screen Of(GuestSpec guest) =>
        guest.Phase == GuestPhase.Install ? new(guest.InstallDisplay, guest.InstallDisplay != GuestDisplay.None)
        : new(guest.LookingGlass is { Spice: true } ? GuestDisplay.Spice : GuestDisplay.None, false);

    /// <summary><c>input</c>.</summary>
    public static IEnumerable<XElement> Inputs(GuestSpec guest, Screen screen)
    {
        if (screen.HasCard)
        {
            // Its pointer is where the viewer's is, without a driver.
            yield return new("input", new XAttribute("type", "tablet"), new XAttribute("bus", "usb"), new XElement("address", new XAttribute("type", "usb"), new XAttribute("bus", 0), new XAttribute("port", 1)));
        }

        foreach (var evdev in guest.Evdev)
        {
            var keyboard = evdev.Device.ToString().EndsWith("-event-kbd", StringComparison.Ordinal);
            yield return new("input", new XAttribute("type", "evdev"), new XElement(
                "source",
                new XAttribute("dev", evdev.Device),
                evdev.GrabAll ?? keyboard ? new XAttribute("grab", "all") : null,
                evdev.Repeat is { } repeat ? new XAttribute("repeat", repeat ? "on" : "off") : keyboard ? new XAttribute("repeat", "on") : null,
                new XAttribute("grabToggle", Word(evdev.Toggle))));
        }

        if (screen.Server != GuestDisplay.None)
        {
            yield return new("input", new XAttribute("type", "mouse"), new XAttribute("bus", "ps2"));
            yield return new("input", new XAttribute("type", "keyboard"), new XAttribute("bus", "ps2"));
        }
    }

    /// <summary><c>graphics</c>: only on the host's loopback.</summary>
    public static IEnumerable<XElement> Graphics(Screen screen)
    {
        if (screen.Server != GuestDisplay.None)
        {
            yield return new(
                "graphics",
                new XAttribute("type", screen.Server == GuestDisplay.Spice ? "spice" : "vnc"),
                new XAttribute("autoport", "yes"),
                new XAttribute("listen", "127.0.0.1"),
                new XElement("listen", new XAttribute("type", "address"), new XAttribute("address", "127.0.0.1")));
        }
    }

    /// <summary><c>video</c>.</summary>
    public static IEnumerable<XElement> Video(Screen screen)
    {
        if (screen is { HasCard: true, Server: GuestDisplay.Spice })
        {
            yield return Card("qxl", new XAttribute("ram", 65536), new XAttribute("vram", 65536), new XAttribute("vgamem", 16384));
        }
        else if (screen.HasCard)
        {
            yield return Card("vga", new XAttribute("vram", 16384));
        }
        else if (screen.Server != GuestDisplay.None)
        {
            // libvirt adds a card to a server that has none, unless told not to.
            yield return new("video", new XElement("model", new XAttribute("type", "none")));
        }
    }

    private static XElement Card(string type, params XAttribute[] sizes) => new(
        "video",
        new XElement("model", new XAttribute("type", type), sizes, new XAttribute("heads", 1), new XAttribute("primary", "yes")),
        PciLayout.Address(0, 1, 0));

    private static string Word(EvdevToggle toggle) => toggle switch
    {
        EvdevToggle.AltAlt => "alt-alt",
        EvdevToggle.ShiftShift => "shift-shift",
        EvdevToggle.MetaMeta => "meta-meta",
        EvdevToggle.ScrollLock => "scrolllock",
        EvdevToggle.CtrlScrollLock => "ctrl-scrolllock",
        _ => "ctrl-ctrl",
    };
}
