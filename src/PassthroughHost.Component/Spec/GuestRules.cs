using System.Text.RegularExpressions;
using System.Xml;
using System.Xml.Linq;

namespace PassthroughInfra.Component.Spec;

/// <summary>What must hold within each of <c>guests</c>, between them, and between them and the rest of the spec, whatever the machine.</summary>
internal static partial class GuestRules
{
    private const long LeastMemoryMiB = 256;

    /// <summary>Every rule that is broken.</summary>
    public static IEnumerable<SpecError> Check(MachineSpec spec) =>
        [.. spec.Guests.SelectMany((g, i) => Check(spec, g, DeclaredGuest.PathOf(i))), .. GuestsTogether.Check(spec)];

    private static IEnumerable<SpecError> Check(MachineSpec spec, GuestSpec guest, string path) =>
    [
        .. General(guest, path),
        .. GuestCpuRules.Check(guest, path),
        .. GuestStorageRules.Check(guest, path),
        .. Interfaces(spec, guest, path),
        .. Devices(spec, guest, path),
        .. Inputs(guest, path),
        .. BootOrder(guest, path),
        .. guest.ExtraXml.SelectMany((x, i) => Extra(x, $"{path}.extraXml[{i}]")),
        .. GuestAdoptionRules.Check(guest, path),
    ];

    private static IEnumerable<SpecError> General(GuestSpec guest, string place)
    {
        if (!MachineType().IsMatch(guest.Machine) && !(guest.Adopt && OldMachineType().IsMatch(guest.Machine)))
        {
            yield return new($"{place}.machine", $"\"{guest.Machine}\" is not a Q35 machine type", "q35, or a version of it such as pc-q35-6.2: PCI Express devices need Q35");
        }

        if (guest.Memory.MiB < LeastMemoryMiB)
        {
            yield return new($"{place}.memory", $"{guest.Memory} is too little", $"at least {LeastMemoryMiB}MiB");
        }

        if (guest.Memory.Bytes % (1024 * 1024) != 0)
        {
            yield return new($"{place}.memory", $"{guest.Memory} is no whole number of MiB", "round it up");
        }

        if (guest is { Os: GuestOs.Windows11, Tpm: false })
        {
            yield return new($"{place}.tpm", "is false, and Windows 11 requires a TPM 2.0", "leave it out, or write os: windows10");
        }

        if (guest.HyperV.SpinlockRetries < 4095)
        {
            yield return new($"{place}.hyperV.spinlockRetries", $"{guest.HyperV.SpinlockRetries} is too little", "4095 or more; 8191 where it is left out");
        }

        if (guest.HyperV.VendorId is { } vendor && !VendorId().IsMatch(vendor))
        {
            yield return new($"{place}.hyperV.vendorId", $"\"{vendor}\" is not valid", "1 to 12 letters, digits, '-' and '_'");
        }

        if (guest.ShutdownTimeoutSeconds is < 1 or > 3600)
        {
            yield return new($"{place}.shutdownTimeoutSeconds", $"{guest.ShutdownTimeoutSeconds} is out of range", "1 to 3600 seconds");
        }
    }

    private static IEnumerable<SpecError> Interfaces(MachineSpec spec, GuestSpec guest, string place)
    {
        var macs = new Dictionary<MacAddress, int>();
        var cards = guest.Interfaces ?? [];
        if (cards.Count > 8)
        {
            yield return new($"{place}.interfaces", $"there are {cards.Count}", "at most 8");
        }

        for (var i = 0; i < cards.Count; i++)
        {
            var (card, path) = (cards[i], $"{place}.interfaces[{i}]");
            if (card.Bridge is null && spec.Network?.AllBridges().Any() != true)
            {
                yield return new($"{path}.bridge", "is missing", "name a bridge of the host, or declare one under machine.network");
            }

            if (card.Mac is { } mac && !macs.TryAdd(mac, i))
            {
                yield return new($"{path}.mac", $"{mac} is also the address of interfaces[{macs[mac]}]", "give each card an address of its own");
            }

            if (card.Mtu is < 576 or > 65535)
            {
                yield return new($"{path}.mtu", $"{card.Mtu} is out of range", "576 to 65535 bytes");
            }

            if (card.Queues is { } queues && (queues < 1 || queues > guest.Cpus.Count || card.Model != InterfaceModel.Virtio))
            {
                yield return new($"{path}.queues", $"{queues} does not fit", $"1 to {guest.Cpus.Count}, the number of vCPUs, and for model virtio only");
            }
        }
    }

    private static IEnumerable<SpecError> Devices(MachineSpec spec, GuestSpec guest, string place)
    {
        var known = spec.Devices.Select(d => d.Name).ToList();
        var names = guest.Devices ?? known;
        for (var i = 0; i < names.Count; i++)
        {
            if (!known.Contains(names[i]))
            {
                yield return new($"{place}.devices[{i}]", $"\"{names[i]}\" is none of machine.devices", $"known: {(known.Count == 0 ? "none yet; declare it under machine.devices" : string.Join(", ", known))}");
            }
            else if (names.Take(i).Contains(names[i]))
            {
                yield return new($"{place}.devices[{i}]", $"\"{names[i]}\" is listed twice", "list each device once");
            }
        }

        foreach (var name in guest.DeviceOptions.Keys.Order(StringComparer.Ordinal).Where(n => !names.Contains(n)))
        {
            yield return new($"{place}.deviceOptions.{name}", "is none of the guest's devices", $"known: {(known.Any(names.Contains) ? string.Join(", ", known.Where(names.Contains)) : "none yet; name it under devices")}");
        }

        foreach (var (name, options) in guest.DeviceOptions.OrderBy(o => o.Key, StringComparer.Ordinal))
        {
            if (options is { RomFile: not null, RomBar: false })
            {
                yield return new($"{place}.deviceOptions.{name}.romFile", "stands beside romBar: false, which hides it from the guest", "give one of the two");
            }
        }
    }

    private static IEnumerable<SpecError> Inputs(GuestSpec guest, string place)
    {
        for (var i = 0; i < guest.Usb.Count; i++)
        {
            var usb = guest.Usb[i];
            if (usb.Id is null ? usb.Bus is null || usb.Device is null : usb.Bus is not null || usb.Device is not null)
            {
                yield return new($"{place}.usb[{i}]", "says neither just an id nor just a bus and a device", "{ id: \"046d:c52b\" }, or { bus: 1, device: 4 }, as lsusb shows them");
            }
            else if (usb.Bus is < 1 or > 255 || usb.Device is < 1 or > 127)
            {
                yield return new($"{place}.usb[{i}]", $"bus {usb.Bus} device {usb.Device} is out of range", "bus 1 to 255, device 1 to 127");
            }
        }

        for (var i = 0; i < guest.Evdev.Count; i++)
        {
            if (!guest.Evdev[i].Device.ToString().StartsWith("/dev/input/", StringComparison.Ordinal))
            {
                yield return new($"{place}.evdev[{i}].device", $"\"{guest.Evdev[i].Device}\" is not an event device", "a path such as /dev/input/by-id/usb-…-event-kbd");
            }
        }

        if (guest.LookingGlass is { SizeMiB: var size } && (size is < 16 or > 1024 || (size & (size - 1)) != 0))
        {
            yield return new($"{place}.lookingGlass.sizeMiB", $"{size} is not a power of two from 16 to 1024", "32 for 1920x1080, 64 for 2560x1440, 128 for 3840x2160");
        }

        if (guest.Sound is { Server: not null, Backend: not SoundBackend.Pulseaudio })
        {
            yield return new($"{place}.sound.server", "stands beside a backend that has no server", "write backend: pulseaudio, or leave server out");
        }
    }

    private static IEnumerable<SpecError> BootOrder(GuestSpec guest, string place)
    {
        var taken = new Dictionary<int, string>();
        var orders = guest.AllDisks(place).Select(d => (d.Path, d.Disk.BootOrder))
            .Concat(guest.DeviceOptions.OrderBy(o => o.Key, StringComparer.Ordinal).Select(o => ($"{place}.deviceOptions.{o.Key}", o.Value.BootOrder)));
        foreach (var (path, order) in orders)
        {
            if (order is < 1 or > 99)
            {
                yield return new($"{path}.bootOrder", $"{order} is out of range", "1 to 99, the lowest first");
            }
            else if (order is { } number && !taken.TryAdd(number, path))
            {
                yield return new($"{path}.bootOrder", $"{number} is also that of {taken[number]}", "give each its own place");
            }
        }
    }

    private static IEnumerable<SpecError> Extra(ExtraXmlSpec extra, string path)
    {
        IReadOnlyList<XElement>? elements = null;
        string problem = "";
        try
        {
            elements = ExtraXml.Parse(extra.Xml);
        }
        catch (XmlException e)
        {
            problem = e.Message;
        }

        if (elements is null)
        {
            yield return new($"{path}.xml", $"is not well-formed XML: {problem}", "one element or several, each closed");
        }
        else if (elements.Count == 0)
        {
            yield return new($"{path}.xml", "has no element", "one element or several, such as <watchdog model='itco' action='reset'/>");
        }
        else
        {
            foreach (var element in elements.Where(e => !ExtraXml.MayStand(extra.Under, e)))
            {
                yield return new($"{path}.xml", $"<{element.Name.LocalName}> under {ExtraXml.Word(extra.Under)} is written by this project", "use the key of the guest that sets it, or another element");
            }
        }
    }

    [GeneratedRegex("^(q35|pc-q35-[a-z0-9.-]+)\\z")]
    private static partial Regex MachineType();

    // An installed system does not outlive another board.
    [GeneratedRegex("^(pc|pc-i440fx-[a-z0-9.-]+)\\z")]
    private static partial Regex OldMachineType();

    [GeneratedRegex("^[A-Za-z0-9_-]{1,12}\\z")]
    private static partial Regex VendorId();
}
