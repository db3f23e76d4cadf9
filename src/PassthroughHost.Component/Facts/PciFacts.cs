using System.Text.Json.Serialization;

namespace PassthroughInfra.Component.Facts;

/// <summary>One PCI function. Source: Linux <c>Documentation/ABI/testing/sysfs-bus-pci</c>.</summary>
public sealed record PciFacts
{
    /// <summary>Its address.</summary>
    public required PciAddress Address { get; init; }

    /// <summary>Vendor and device.</summary>
    public required PciId Id { get; init; }

    /// <summary>Subsystem vendor and device.</summary>
    public PciId Subsystem { get; init; }

    /// <summary>Class, subclass and programming interface: six hexadecimal digits, <c>030000</c> for a VGA controller.</summary>
    public required string Class { get; init; }

    /// <summary>What pci.ids calls it, with its vendor; empty where pci.ids does not know the device.</summary>
    public string Name { get; init; } = "";

    /// <summary>What pci.ids calls its vendor, where it does not know the device.</summary>
    public string Vendor { get; init; } = "";

    /// <summary>The driver that has it; empty where none.</summary>
    public string Driver { get; init; } = "";

    /// <summary>The modules that could claim it, without vfio's own.</summary>
    public IReadOnlyList<string> Modules { get; init; } = [];

    /// <summary>Its IOMMU group; null where there is no IOMMU.</summary>
    public int? Group { get; init; }

    /// <summary>Its NUMA node; -1 where the firmware does not say.</summary>
    public int Node { get; init; } = -1;

    /// <summary>Whether it is the boot display, where the firmware and the kernel show their screen; null where sysfs does not say.</summary>
    public bool? BootVga { get; init; }

    /// <summary>The outputs of a display whose driver runs; null where not known: no driver has it, or none that shows a picture.</summary>
    public IReadOnlyList<ConnectorFacts>? Connectors { get; init; }

    /// <summary>The memory regions of a display or an accelerator; empty for other functions, and where not known.</summary>
    public IReadOnlyList<BarFacts> Bars { get; init; } = [];

    /// <summary>Whether it can be unplugged while the machine runs (behind an external port); null where sysfs does not say.</summary>
    public bool? Removable { get; init; }

    /// <summary>What the firmware calls the slot it is in; empty where it does not say.</summary>
    public string SlotName { get; init; } = "";

    /// <summary>How many virtual functions it could have.</summary>
    public int TotalVfs { get; init; }

    /// <summary>How many virtual functions it has.</summary>
    public int NumVfs { get; init; }

    /// <summary>How far the routing ID of its first virtual function is from its own. Source: PCI Express Base Specification, "First VF Offset".</summary>
    public int VfOffset { get; init; }

    /// <summary>How far the routing IDs of its virtual functions are apart.</summary>
    public int VfStride { get; init; }

    /// <summary>The device ID of its virtual functions, four hexadecimal digits; empty where it has none or is not known.</summary>
    public string VfDevice { get; init; } = "";

    /// <summary>How it can be reset by itself: <c>flr</c>, <c>pm</c>, <c>bus</c>…; empty where it cannot, null where sysfs does not say.</summary>
    public IReadOnlyList<string>? ResetMethods { get; init; }

    /// <summary>The driver that alone may bind it; empty where any may.</summary>
    public string DriverOverride { get; init; } = "";

    /// <summary>The bridge it hangs on; null on the root bus.</summary>
    public PciAddress? Parent { get; init; }

    /// <summary>What kind of bridge or port it is; none where it is no bridge, or that is not known.</summary>
    public PciPort Port { get; init; }

    /// <summary>
    /// Whether a port keeps the devices behind it apart from others (ACS: source validation, request and completion redirect, upstream
    /// forwarding); null where that is not known.
    /// </summary>
    public bool? Acs { get; init; }

    /// <summary>Whether it has an expansion ROM.</summary>
    public bool Rom { get; init; }

    /// <summary>The physical function it is a virtual function of.</summary>
    public PciAddress? PhysicalFunction { get; init; }

    /// <summary>Bridges and root ports: they carry others and are never passed through.</summary>
    [JsonIgnore]
    public bool IsBridge => Class.StartsWith("06", StringComparison.Ordinal);

    /// <summary>Display controllers.</summary>
    [JsonIgnore]
    public bool IsDisplay => Class.StartsWith("03", StringComparison.Ordinal);

    /// <summary>Ethernet and other network controllers.</summary>
    [JsonIgnore]
    public bool IsNetwork => Class.StartsWith("02", StringComparison.Ordinal);

    /// <summary>USB host controllers.</summary>
    [JsonIgnore]
    public bool IsUsb => Class.StartsWith("0c03", StringComparison.Ordinal);

    /// <summary>Its name; where pci.ids does not know it, its vendor and what it is: <c>NVIDIA VGA controller</c>. Never empty.</summary>
    [JsonIgnore]
    public string Label =>
        Name.Length > 0 ? Name
        : Vendor.Length > 0 ? $"{Vendor} {PciClass.Word(this)}"
        : PciVendors.Name(Id) is { } vendor ? $"{vendor} {PciClass.Word(this)}"
        : PciClass.Word(this);

    /// <summary>For messages: <c>01:00.0 [10de:1f82] NVIDIA …</c>.</summary>
    public override string ToString() => $"{Address.Brief} [{Id}] {Label}";
}

/// <summary>An output of a display. Source: Linux <c>Documentation/ABI/testing/sysfs-class-drm</c>, <c>drivers/gpu/drm/drm_sysfs.c</c>.</summary>
/// <param name="Name"><c>HDMI-A-1</c>, <c>eDP-1</c>…</param>
/// <param name="Connected">Whether a monitor is there; null where the driver cannot tell.</param>
public sealed record ConnectorFacts(string Name, bool? Connected);

/// <summary>A memory region (BAR). Source: Linux <c>Documentation/ABI/testing/sysfs-bus-pci</c>, <c>resourceN_resize</c>.</summary>
/// <param name="Index">Its number, 0 to 5.</param>
/// <param name="SizeKiB">Its size in KiB.</param>
/// <param name="LargestKiB">The largest size it can be given, in KiB; 0 where it cannot be resized, or that is not known.</param>
public sealed record BarFacts(int Index, long SizeKiB, long LargestKiB);

/// <summary>Kinds of bridges. Source: PCI Express Base Specification, 7.5.3.2, "Device/Port Type".</summary>
public enum PciPort
{
    /// <summary>No bridge, or not known.</summary>
    None,

    /// <summary>A port of the processor or the chipset: a slot is behind it.</summary>
    RootPort,

    /// <summary>The upper side of a switch.</summary>
    UpstreamPort,

    /// <summary>A lower side of a switch: a slot or a chip is behind it.</summary>
    DownstreamPort,

    /// <summary>A bridge to conventional PCI, where devices cannot be told apart.</summary>
    ConventionalBridge,
}
