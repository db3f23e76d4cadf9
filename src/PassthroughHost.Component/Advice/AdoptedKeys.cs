using System.Globalization;
using System.Xml.Linq;
using PassthroughInfra.Component.Facts;
using PassthroughInfra.Component.Spec;

namespace PassthroughInfra.Component.Advice;

/// <summary>What of a domain the keys of a guest say; those that would say what is the default are left out.</summary>
internal sealed class AdoptedKeys(XElement domain, bool autostart, MachineSpec machine, HostFacts facts)
{
    private const string Usual = "virtio";

    private static readonly string[] Windows = ["http://microsoft.com/win/", "http://microsoft.com/win-"];

    private readonly XElement _devices = domain.Element("devices")!;

    private bool IsKvm => (string?)domain.Attribute("type") == "kvm";

    private bool IsWindows => OsinfoId() is { } id ? Windows.Any(w => id.StartsWith(w, StringComparison.Ordinal)) : (string?)domain.Element("clock")?.Attribute("offset") == "localtime" || HyperVElement is not null;

    private XElement? HyperVElement => domain.Element("features")?.Element("hyperv");

    private bool HasTpm => _devices.Element("tpm") is { } tpm && (string?)tpm.Attribute("model") == "tpm-crb" && (string?)tpm.Element("backend")?.Attribute("type") == "emulator";

    /// <summary>The entries.</summary>
    public IReadOnlyList<StackEntry> Entries() =>
    [
        new("name", domain.Element("name")!.Value),
        new("uuid", domain.Element("uuid")!.Value.Trim()),
        new("adopt", true, "It is on the host already, and is not stopped. Its disks, NVRAM, TPM state and the place of each of its devices stay as they are."),
        .. Machine(),
        new("memory", MemoryText()),
        .. Backing(),
        new("cpus", new StackMap(Cpus(), Flow: true)),
        .. Disks(),
        .. Cdroms(),
        new("interfaces", Interfaces().ToList()),
        .. HostDevices(),
        .. Usb(),
        .. Evdev(),
        .. Glass(),
        .. Extras(),
        .. HyperV(),
        .. Unless(domain.Element("features")?.Element("kvm")?.Element("hidden") is not { } hidden || !IsOn(hidden), new StackEntry("kvmHidden", true)),
        .. Unless(!autostart, new StackEntry("autostart", true)),
    ];

    private static IEnumerable<StackEntry> Unless(bool isDefault, StackEntry entry) => isDefault ? [] : [entry];

    private static bool IsOn(XElement element) => (string?)element.Attribute("state") == "on";

    private static int Number(XElement? element, string name, int otherwise) =>
        int.TryParse((string?)element?.Attribute(name), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : otherwise;

    private string? OsinfoId() => domain.Element("metadata")?.Descendants().Where(e => e.Name.LocalName == "os").Select(e => (string?)e.Attribute("id")).FirstOrDefault(id => id is not null);

    private IEnumerable<StackEntry> Machine()
    {
        // Windows 11 stands for a TPM of this kind; without one it is said to be of the kind that wants none.
        var os = !IsWindows ? "linux" : OsinfoId()?.StartsWith("http://microsoft.com/win/11", StringComparison.Ordinal) == true && HasTpm ? "windows11" : "windows10";
        yield return new("os", os);
        if (!IsKvm)
        {
            yield return new("type", "qemu");
        }

        var type = (string?)domain.Element("os")?.Element("type")?.Attribute("machine") ?? "pc";
        if (type != "q35" && !type.StartsWith("pc-q35-", StringComparison.Ordinal))
        {
            yield return new("machine", type);
        }

        var firmware = HasSecureBoot() ? "uefi-secure" : "uefi";
        if (firmware != (os == "windows11" ? "uefi-secure" : "uefi"))
        {
            yield return new("firmware", firmware);
        }

        if (HasTpm != (os == "windows11"))
        {
            yield return new("tpm", HasTpm);
        }
    }

    private bool HasSecureBoot() =>
        (string?)domain.Element("os")?.Element("loader")?.Attribute("secure") == "yes"
        || domain.Element("os")?.Element("firmware")?.Elements("feature").Any(f => (string?)f.Attribute("name") == "secure-boot" && (string?)f.Attribute("enabled") == "yes") == true;

    private string MemoryText()
    {
        var element = domain.Element("memory");
        var factor = (string?)element?.Attribute("unit") switch { "b" or "bytes" => 1m / 1024, "M" or "MiB" => 1024, "G" or "GiB" => 1048576, "T" or "TiB" => 1073741824, _ => 1 };
        var kib = decimal.TryParse(element?.Value, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? (long)(number * factor) : 0;
        var mib = Math.Max(256, kib / 1024);
        return mib % 1024 == 0 ? $"{mib / 1024}GiB" : $"{mib}MiB";
    }

    private IEnumerable<StackEntry> Backing()
    {
        var backing = domain.Element("memoryBacking");
        var pages = backing?.Element("hugepages") is not null;
        var nodes = (string?)domain.Element("numatune")?.Element("memory")?.Attribute("nodeset");
        List<StackEntry> entries =
        [
            .. Unless(pages == machine.HugePages is { Total: > 0 }, new StackEntry("hugePages", pages)),
            .. Unless(backing?.Element("locked") is null, new StackEntry("locked", true)),
            .. Unless(backing?.Element("nosharepages") is null, new StackEntry("noSharePages", true)),
            .. nodes is not null && CpuSet.TryRead(nodes, out _) ? [new StackEntry("numa", nodes)]
                : facts.Memory.Nodes.Count > 1 && Pins().Count > 0 ? [new StackEntry("numa", "none")]
                : Array.Empty<StackEntry>(),
        ];
        return Unless(entries.Count == 0, new("memoryBacking", new StackMap(entries, Flow: true)));
    }

    private int Vcpus => int.TryParse(domain.Element("vcpu")?.Value, NumberStyles.None, CultureInfo.InvariantCulture, out var count) ? Math.Max(1, count) : 1;

    // Of each vCPU in turn; none where one of them has none.
    private List<string> Pins()
    {
        var pins = domain.Element("cputune")?.Elements("vcpupin").ToDictionary(p => Number(p, "vcpu", -1), p => (string?)p.Attribute("cpuset") ?? "") ?? [];
        var all = Enumerable.Range(0, Vcpus).Select(i => pins.GetValueOrDefault(i, "")).ToList();
        return all.All(p => CpuSet.TryRead(p, out var set) && set.Cpus.Count > 0) ? all : [];
    }

    private List<StackEntry> Cpus()
    {
        var cpu = domain.Element("cpu");
        var topology = cpu?.Element("topology");
        (int Sockets, int Dies, int Cores, int Threads) shape = (Number(topology, "sockets", 1), Number(topology, "dies", 1), Number(topology, "cores", 1), Number(topology, "threads", 1));
        if (topology is null || shape.Sockets * shape.Dies * shape.Cores * shape.Threads != Vcpus)
        {
            shape = (1, 1, Vcpus, 1);
        }

        var pins = Pins();
        var threads = int.TryParse(domain.Element("iothreads")?.Value, NumberStyles.None, CultureInfo.InvariantCulture, out var count) && count <= 16 ? count : 0;
        var emulator = (string?)domain.Element("cputune")?.Element("emulatorpin")?.Attribute("cpuset");
        var threadPins = domain.Element("cputune")?.Elements("iothreadpin").ToDictionary(p => Number(p, "iothread", -1), p => (string?)p.Attribute("cpuset") ?? "") ?? [];
        var features = cpu?.Elements("feature").Select(f => (Name: (string?)f.Attribute("name") ?? "", Policy: (string?)f.Attribute("policy") ?? "require")).ToList() ?? [];
        var hasTopoExt = features.Contains(("topoext", "require"));
        var hasCache = (string?)cpu?.Element("cache")?.Attribute("mode") == "passthrough";
        var isAmd = facts.Cpu.Vendor == "AuthenticAMD";
        return
        [
            .. Unless(shape.Sockets == 1, new StackEntry("sockets", shape.Sockets)),
            .. Unless(shape.Dies == 1, new StackEntry("dies", shape.Dies)),
            new("cores", shape.Cores),
            .. Unless(shape.Threads == 1, new StackEntry("threads", shape.Threads)),
            .. Unless(pins.Count == 0, new StackEntry("pin", pins)),
            .. Unless(emulator is null, new StackEntry("emulatorPin", emulator ?? "")),
            .. Unless(threads == 0, new StackEntry("ioThreads", threads)),
            .. Unless(!threadPins.ContainsKey(1) || threads == 0, new StackEntry("ioThreadPin", Enumerable.Range(1, threads).TakeWhile(threadPins.ContainsKey).Select(i => threadPins[i]).ToList())),
            .. Unless(!IsKvm || hasTopoExt == (shape.Threads > 1 && isAmd), new StackEntry("topoExt", hasTopoExt)),
            .. Unless(!IsKvm || hasCache == pins.Count > 0, new StackEntry("hostCache", hasCache)),
            .. Unless(
                features.All(f => f.Name == "topoext"),
                new StackEntry("features", new StackMap([.. features.Where(f => f.Name != "topoext").DistinctBy(f => f.Name).Select(f => new StackEntry(f.Name, f.Policy))], Flow: true))),
        ];
    }

    private IEnumerable<StackEntry> Disks()
    {
        var disks = _devices.Elements("disk").Where(d => (string?)d.Attribute("device") is null or "disk").Select(Disk).OfType<StackMap>().ToList();
        if (disks.Count > 0)
        {
            yield return new("disk", disks[0]);
        }

        if (disks.Count > 1)
        {
            yield return new("disks", disks.Skip(1).ToList());
        }
    }

    private static StackMap? Disk(XElement disk)
    {
        var block = (string?)disk.Attribute("type") == "block";
        var path = (string?)disk.Element("source")?.Attribute(block ? "dev" : "file");
        var (driver, bus) = (disk.Element("driver"), (string?)disk.Element("target")?.Attribute("bus"));
        var format = block ? "block" : (string?)driver?.Attribute("type");
        if ((string?)disk.Attribute("type") is not ("file" or "block") || path is null || !HostPath.TryRead(path, out var file) || bus is not (Usual or "scsi" or "sata")
            || format is not ("block" or "qcow2" or "raw") || block != path.StartsWith("/dev/", StringComparison.Ordinal) || (block && (string?)driver?.Attribute("type") != "raw"))
        {
            return null;
        }

        var plain = new GuestDiskSpec { Path = file };
        var (cache, io, discard) = ((string?)driver?.Attribute("cache"), (string?)driver?.Attribute("io"), (string?)driver?.Attribute("discard"));
        var caches = cache is "none" or "writeback" or "writethrough" or "directsync" or "unsafe";
        return new(
            [
                new("path", path),
                .. Unless(TextValue.Word(plain.FormatInEffect) == format, new StackEntry("format", format)),
                .. Unless(bus == Usual, new StackEntry("bus", bus)),
                .. Unless(!caches || cache == "none", new StackEntry("cache", cache ?? "")),
                .. Unless(io is not ("native" or "threads" or "io_uring") || (io == "native" && cache is not ("none" or "directsync")), new StackEntry("io", io ?? "")),
                .. Unless(discard != "ignore", new StackEntry("discard", "ignore")),
                .. Unless((string?)disk.Element("serial") is not { Length: <= 20 } serial || !serial.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.'), new StackEntry("serial", (string?)disk.Element("serial") ?? "")),
                .. Unless(disk.Element("readonly") is null || bus == "sata", new StackEntry("readOnly", true)),
            ],
            Flow: true);
    }

    private IEnumerable<StackEntry> Cdroms()
    {
        var images = _devices.Elements("disk")
            .Where(d => (string?)d.Attribute("device") == "cdrom" && (string?)d.Attribute("type") == "file" && (string?)d.Element("target")?.Attribute("bus") == "sata")
            .Select(d => (string?)d.Element("source")?.Attribute("file")).OfType<string>().Where(p => HostPath.TryRead(p, out _)).Distinct().ToList();
        return Unless(images.Count == 0, new("cdroms", images));
    }

    private IEnumerable<StackMap> Interfaces() => _devices.Elements("interface")
        .Where(i => (string?)i.Attribute("type") == "bridge" && LinkName.TryRead((string?)i.Element("source")?.Attribute("bridge") ?? "", out _) && MacAddress.TryRead((string?)i.Element("mac")?.Attribute("address") ?? "", out _))
        .Take(8)
        .Select(i => new StackMap(
            [
                new("bridge", (string)i.Element("source")!.Attribute("bridge")!),
                new("mac", (string)i.Element("mac")!.Attribute("address")!),
                .. Unless((string?)i.Element("model")?.Attribute("type") != "e1000e", new StackEntry("model", "e1000e")),
                .. Unless(Number(i.Element("mtu"), "size", 0) is < 576 or > 65535, new StackEntry("mtu", Number(i.Element("mtu"), "size", 0))),
                .. Unless(
                    (string?)i.Element("model")?.Attribute("type") != Usual || Number(i.Element("driver"), "queues", 0) is var queues && (queues < 1 || queues > Vcpus),
                    new StackEntry("queues", Number(i.Element("driver"), "queues", 0))),
            ],
            Flow: true));

    private IEnumerable<StackEntry> HostDevices()
    {
        var names = new List<string>();
        var options = new List<StackEntry>();
        foreach (var hostdev in _devices.Elements("hostdev").Where(h => (string?)h.Attribute("type") == "pci"))
        {
            if (AddressOf(hostdev) is not { } address || machine.Devices.FirstOrDefault(d => d.Address == address)?.Name is not { } name || names.Contains(name))
            {
                continue;
            }

            names.Add(name);
            var rom = hostdev.Element("rom");
            var file = (string?)rom?.Attribute("file");
            List<StackEntry> rest =
            [
                .. Unless(file is null || !HostPath.TryRead(file, out _) || (string?)rom!.Attribute("bar") == "off", new StackEntry("romFile", file ?? "")),
                .. Unless((string?)rom?.Attribute("bar") is not ("on" or "off"), new StackEntry("romBar", (string?)rom?.Attribute("bar") == "on")),
            ];
            if (rest.Count > 0)
            {
                options.Add(new(name, new StackMap(rest, Flow: true)));
            }
        }

        yield return new("devices", names);
        if (options.Count > 0)
        {
            yield return new("deviceOptions", new StackMap(options));
        }
    }

    private static PciAddress? AddressOf(XElement hostdev)
    {
        var address = hostdev.Element("source")?.Element("address");
        string Part(string name, int digits) => ((string?)address?.Attribute(name) ?? "0").Replace("0x", "", StringComparison.Ordinal).PadLeft(digits, '0');
        return PciAddress.TryRead($"{Part("domain", 4)}:{Part("bus", 2)}:{Part("slot", 2)}.{Part("function", 1)}", out var read) ? read : null;
    }

    private IEnumerable<StackEntry> Usb()
    {
        var devices = _devices.Elements("hostdev").Where(h => (string?)h.Attribute("type") == "usb").Select(UsbDevice).OfType<StackMap>().ToList();
        return Unless(devices.Count == 0, new("usb", devices));
    }

    private static StackMap? UsbDevice(XElement hostdev)
    {
        var source = hostdev.Element("source");
        string Hex(string name) => ((string?)source?.Element(name)?.Attribute("id") ?? "").Replace("0x", "", StringComparison.Ordinal);
        var (bus, device) = (Number(source?.Element("address"), "bus", 0), Number(source?.Element("address"), "device", 0));
        var optional = Unless((string?)source?.Attribute("startupPolicy") == "optional", new StackEntry("optional", false));
        return UsbId.TryRead($"{Hex("vendor")}:{Hex("product")}", out var id) && source!.Element("address") is null ? new([new("id", $"{id}"), .. optional], Flow: true)
            : bus is > 0 and < 256 && device is > 0 and < 128 && source!.Element("vendor") is null ? new([new("bus", bus), new("device", device), .. optional], Flow: true)
            : null;
    }

    private IEnumerable<StackEntry> Evdev()
    {
        var inputs = _devices.Elements("input").Where(i => (string?)i.Attribute("type") == "evdev").Select(i => i.Element("source"))
            .Where(s => HostPath.TryRead((string?)s?.Attribute("dev") ?? "", out var path) && $"{path}".StartsWith("/dev/input/", StringComparison.Ordinal))
            .Select(s =>
            {
                var keyboard = ((string)s!.Attribute("dev")!).EndsWith("-event-kbd", StringComparison.Ordinal);
                var (grab, repeat, toggle) = ((string?)s.Attribute("grab") == "all", (string?)s.Attribute("repeat"), (string?)s.Attribute("grabToggle"));
                return new StackMap(
                    [
                        new("device", (string)s.Attribute("dev")!),
                        .. Unless(grab == keyboard, new StackEntry("grabAll", grab)),
                        .. Unless(repeat is null || (repeat == "on") == keyboard, new StackEntry("repeat", repeat == "on")),
                        .. Unless(toggle is null or "ctrl-ctrl", new StackEntry("toggle", toggle ?? "")),
                    ],
                    Flow: true);
            }).ToList();
        return Unless(inputs.Count == 0, new("evdev", inputs));
    }

    private IEnumerable<StackEntry> Glass()
    {
        var memory = _devices.Elements("shmem").FirstOrDefault(s => (string?)s.Attribute("name") == "looking-glass" && (string?)s.Element("size")?.Attribute("unit") == "M");
        if (memory is null || !int.TryParse(memory.Element("size")!.Value, NumberStyles.None, CultureInfo.InvariantCulture, out var size) || size is < 16 or > 1024 || (size & (size - 1)) != 0)
        {
            return [];
        }

        var spice = _devices.Elements("graphics").Any(g => (string?)g.Attribute("type") == "spice");
        return [new("lookingGlass", new StackMap([new("sizeMiB", size), .. Unless(spice, new StackEntry("spice", false))], Flow: true))];
    }

    private IEnumerable<StackEntry> Extras()
    {
        var sound = _devices.Elements("sound").FirstOrDefault(s => (string?)s.Attribute("model") is "ich9" or "usb");
        var backend = (string?)_devices.Element("audio")?.Attribute("type");
        return
        [
            .. Unless(
                sound is null,
                new StackEntry("sound", new StackMap(
                    [
                        .. Unless((string?)sound?.Attribute("model") == "ich9", new StackEntry("model", "usb")),
                        .. Unless(backend is not ("spice" or "pulseaudio" or "alsa" or "none"), new StackEntry("backend", backend ?? "")),
                    ],
                    Flow: true))),
            .. Unless(_devices.Elements("channel").Any(c => (string?)c.Element("target")?.Attribute("name") == "org.qemu.guest_agent.0"), new StackEntry("guestAgent", false)),
            .. Unless(_devices.Elements("rng").Any(r => (string?)r.Attribute("model") == Usual), new StackEntry("rng", false)),
        ];
    }

    private IEnumerable<StackEntry> HyperV()
    {
        if (!IsKvm || (!IsWindows && HyperVElement is null))
        {
            return [];
        }

        var on = HyperVElement?.Elements().Where(IsOn).Select(e => e.Name.LocalName).ToHashSet(StringComparer.Ordinal) ?? [];
        var without = Enum.GetValues<HyperVFeature>().Select(f => TextValue.Word(f)).Where(f => !on.Contains(f)).ToList();
        var retries = Number(HyperVElement?.Element("spinlocks"), "retries", 8191);
        var vendor = (string?)HyperVElement?.Element("vendor_id")?.Attribute("value") ?? "";
        var some = without.Count < Enum.GetValues<HyperVFeature>().Length;
        List<StackEntry> entries =
        [
            .. Unless(some == IsWindows, new StackEntry("enabled", some)),
            .. Unless(without.Count == 0 || !some, new StackEntry("without", without)),
            .. Unless(!on.Contains("evmcs"), new StackEntry("evmcs", true)),
            .. Unless(!on.Contains("spinlocks") || retries is 8191 or < 4095, new StackEntry("spinlockRetries", retries)),
            .. Unless(vendor.Length is 0 or > 12 || !vendor.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_'), new StackEntry("vendorId", vendor)),
        ];
        return Unless(entries.Count == 0, new("hyperV", new StackMap(entries, Flow: true)));
    }
}
