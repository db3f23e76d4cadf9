using System.ComponentModel;
using System.Text.Json.Serialization;

namespace PassthroughInfra.Component.Spec;

/// <summary>How a PCI device appears in the guest. Source: libvirt, "Domain XML format", USB / PCI / SCSI devices.</summary>
public sealed record GuestDeviceOptions
{
    /// <summary>A file with the device's expansion ROM, in place of the device's own: for a card whose ROM cannot be read.</summary>
    [Description("A file on the host with the card's expansion ROM (VBIOS), in place of the card's own.")]
    public HostPath? RomFile { get; init; }

    /// <summary>Whether the guest sees the device's expansion ROM; off helps cards whose ROM hangs the guest's firmware.</summary>
    [Description("Whether the guest's firmware sees the card's expansion ROM. Default: as the hypervisor has it, on.")]
    public bool? RomBar { get; init; }

    /// <summary>Its place in the boot order; a passed-through NVMe drive or NIC can be booted from.</summary>
    [Description("Its place in the boot order, from 1: for an NVMe drive or NIC the guest boots from.")]
    public int? BootOrder { get; init; }
}

/// <summary>
/// A USB device of the host that a guest is given: by vendor and product, or by where it is plugged now. A whole USB controller as PCI
/// device is steadier (walk-through, row 9). Source: libvirt, "Domain XML format", USB / PCI / SCSI devices.
/// </summary>
public sealed record GuestUsbSpec
{
    /// <summary>Its vendor and product, as <c>lsusb</c> shows them; not beside bus and device.</summary>
    [Description("Its vendor:product as lsusb shows it; not beside bus and device.")]
    public UsbId? Id { get; init; }

    /// <summary>The number of its bus.</summary>
    [Description("The number of its bus, as lsusb shows it; with device. It changes when the device is plugged elsewhere.")]
    public int? Bus { get; init; }

    /// <summary>Its number on the bus.</summary>
    [Description("Its number on the bus, as lsusb shows it. It changes at every plugging.")]
    public int? Device { get; init; }

    /// <summary>Whether the guest starts without it where it is not plugged.</summary>
    [Description("Whether the guest starts without it where it is not plugged.")]
    public bool Optional { get; init; } = true;
}

/// <summary>
/// A keyboard or mouse of the host that is shared through its event device: both Ctrl keys move it between host and guest. Source:
/// libvirt, "Domain XML format", Input devices (<c>type='evdev'</c>).
/// </summary>
public sealed record GuestEvdevSpec
{
    /// <summary>The event device, by a stable name.</summary>
    [Description("The event device by a stable name: /dev/input/by-id/…-event-kbd or …-event-mouse.")]
    public required HostPath Device { get; init; }

    /// <summary>Whether this device takes all others with it when it moves; by default the keyboard does.</summary>
    [Description("Whether all other evdev inputs move along with this one. Default: for names that end in -event-kbd.")]
    public bool? GrabAll { get; init; }

    /// <summary>Whether keys repeat; by default a keyboard's do.</summary>
    [Description("Whether held keys repeat. Default: for names that end in -event-kbd.")]
    public bool? Repeat { get; init; }

    /// <summary>The keys that move it.</summary>
    [Description("The keys that move it between host and guest; ctrl-ctrl is both Ctrl keys at once.")]
    public EvdevToggle Toggle { get; init; } = EvdevToggle.CtrlCtrl;
}

/// <summary>The keys that move an input between host and guest.</summary>
public enum EvdevToggle
{
    /// <summary>Both Ctrl keys.</summary>
    [JsonStringEnumMemberName("ctrl-ctrl")]
    CtrlCtrl,

    /// <summary>Both Alt keys.</summary>
    [JsonStringEnumMemberName("alt-alt")]
    AltAlt,

    /// <summary>Both Shift keys.</summary>
    [JsonStringEnumMemberName("shift-shift")]
    ShiftShift,

    /// <summary>Both Meta keys.</summary>
    [JsonStringEnumMemberName("meta-meta")]
    MetaMeta,

    /// <summary>Scroll lock.</summary>
    [JsonStringEnumMemberName("scrolllock")]
    ScrollLock,

    /// <summary>Left Ctrl and scroll lock.</summary>
    [JsonStringEnumMemberName("ctrl-scrolllock")]
    CtrlScrollLock,
}

/// <summary>
/// Shared memory through which Looking Glass shows the guest's screen on the host. Source: Looking Glass, "Installation" (IVSHMEM);
/// libvirt, "Domain XML format", Shared memory device.
/// </summary>
public sealed record LookingGlassSpec
{
    /// <summary>Its size in MiB, a power of two: width × height × 4 × 2, plus 10 MiB, rounded up; 32 for 1920×1080, 64 for 2560×1440, 128 for 3840×2160.</summary>
    [Description("Size of the shared memory in MiB, a power of two: 32 for 1920x1080, 64 for 2560x1440, 128 for 3840x2160.")]
    public required int SizeMiB { get; init; }

    /// <summary>Whether keyboard, mouse, clipboard and sound go through SPICE, as Looking Glass expects; there is no SPICE screen then.</summary>
    [Description("Whether keyboard, mouse and clipboard go through a SPICE server on the host's loopback, as Looking Glass expects; without a SPICE screen.")]
    public bool Spice { get; init; } = true;
}

/// <summary>A guest's sound card. Source: libvirt, "Domain XML format", Sound devices and Audio backends.</summary>
public sealed record GuestSoundSpec
{
    /// <summary>The card the guest sees.</summary>
    [Description("The card the guest sees: ich9 (Intel HDA) or usb.")]
    public SoundModel Model { get; init; } = SoundModel.Ich9;

    /// <summary>Where the sound goes; by default to SPICE where there is one, else nowhere.</summary>
    [Description("Where the sound goes: spice, pulseaudio, alsa or none. Default: spice where the phase has a SPICE server, else none.")]
    public SoundBackend? Backend { get; init; }

    /// <summary>The server's socket, for <c>pulseaudio</c>.</summary>
    [Description("The PulseAudio (or pipewire-pulse) server's socket, such as /run/user/1000/pulse/native; for pulseaudio alone.")]
    public HostPath? Server { get; init; }
}

/// <summary>Sound cards.</summary>
public enum SoundModel
{
    /// <summary>Intel HDA of the ICH9, in its place on Q35.</summary>
    Ich9,

    /// <summary>USB audio.</summary>
    Usb,
}

/// <summary>Where a guest's sound goes.</summary>
public enum SoundBackend
{
    /// <summary>Through SPICE to its client.</summary>
    Spice,

    /// <summary>To PulseAudio, or PipeWire in its place.</summary>
    Pulseaudio,

    /// <summary>To the host's sound card.</summary>
    Alsa,

    /// <summary>Nowhere.</summary>
    None,
}
