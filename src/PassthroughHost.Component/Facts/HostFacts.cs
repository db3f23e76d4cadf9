namespace PassthroughInfra.Component.Facts;

/// <summary>What a machine is and how it is set up, as one reading of it found. Immutable, and the same whether just read or recorded.</summary>
public sealed record HostFacts
{
    /// <summary>Distribution, kernel, firmware and hardware.</summary>
    public required SystemFacts System { get; init; }

    /// <summary>The running boot, the kernels that are installed, and what GRUB would start.</summary>
    public required BootFacts Boot { get; init; }

    /// <summary>Processors.</summary>
    public required CpuFacts Cpu { get; init; }

    /// <summary>Memory and huge pages.</summary>
    public required MemoryFacts Memory { get; init; }

    /// <summary>CPUs that are kept free, and the guests that run.</summary>
    public IsolationFacts Isolation { get; init; } = new();

    /// <summary>PCI functions, by address.</summary>
    public IReadOnlyList<PciFacts> Pci { get; init; } = [];

    /// <summary>What hangs on each USB controller; null where that was not read.</summary>
    public IReadOnlyList<UsbFacts>? Usb { get; init; }

    /// <summary>The domain type of each IOMMU group (<c>DMA</c>, <c>DMA-FQ</c>, <c>identity</c>), by its number.</summary>
    public IReadOnlyDictionary<int, string> GroupTypes { get; init; } = new Dictionary<int, string>();

    /// <summary>Links, addresses and the session's own path.</summary>
    public required NetworkFacts Network { get; init; }

    /// <summary>Which PCI functions carry what is mounted.</summary>
    public IReadOnlyList<DiskFacts> Disks { get; init; } = [];

    /// <summary>What is mounted from disks that are on no PCI function, or on one that cannot be told; null where that was not read.</summary>
    public IReadOnlyList<OtherDiskFacts>? OtherDisks { get; init; }

    /// <summary>Framebuffers and graphics cards in use.</summary>
    public required DisplayFacts Display { get; init; }

    /// <summary>Units and the default target.</summary>
    public required ServiceFacts Services { get; init; }

    /// <summary>The packages that were asked about and are known to dpkg.</summary>
    public IReadOnlyList<PackageFacts> Packages { get; init; } = [];

    /// <summary>The files that were asked about, and all of /etc/netplan.</summary>
    public IReadOnlyList<FileFacts> Files { get; init; } = [];

    /// <summary>What was last applied, by concern.</summary>
    public IReadOnlyList<Receipt> Receipts { get; init; } = [];

    /// <summary>The files of which this project keeps on the host what stood there before it, whether or not a receipt names them.</summary>
    public IReadOnlyList<string> Originals { get; init; } = [];

    /// <summary>The concern whose run was ended in the middle; empty if none was. The next run on the host takes back what that one wrote.</summary>
    public string Interrupted { get; init; } = "";

    /// <summary>The digest of this project's scripts that are on the host; empty where there are none, or not all of them.</summary>
    public string Scripts { get; init; } = "";

    /// <summary>What the check of this boot found; null where there was none, or in a recording of an earlier version.</summary>
    public BootCheckFacts? BootCheck { get; init; }

    /// <summary>Kernel messages on the IOMMU and vfio.</summary>
    public IReadOnlyList<string> KernelMessages { get; init; } = [];

    /// <summary>libvirt, its domains and the wanted guest's media; null where the spec has no guest, or in a recording that had none.</summary>
    public GuestFacts? Guest { get; init; }

    /// <summary>What people set up by hand for passthrough; null in a recording of an earlier version.</summary>
    public HandMadeFacts? HandMade { get; init; }

    /// <summary>The PCI function at an address, if there is one.</summary>
    public PciFacts? Device(PciAddress address) => Pci.FirstOrDefault(p => p.Address == address);

    /// <summary>A file that was asked about; absent where it was not found.</summary>
    public FileFacts File(string path) => Files.FirstOrDefault(f => f.Path == path) ?? new FileFacts { Path = path, Kind = FileKind.Absent };

    /// <summary>The receipt of a concern, if it was ever applied.</summary>
    public Receipt? Receipt(string concern) => Receipts.FirstOrDefault(r => r.Concern == concern);
}

/// <summary>Distribution, kernel, firmware and hardware.</summary>
public sealed record SystemFacts
{
    /// <summary><c>ID</c> of os-release(5): <c>debian</c>, <c>ubuntu</c>.</summary>
    public required string Distribution { get; init; }

    /// <summary><c>VERSION_ID</c> of os-release(5): <c>12</c>, <c>22.04</c>.</summary>
    public required string Version { get; init; }

    /// <summary><c>VERSION_CODENAME</c>: <c>bookworm</c>, <c>jammy</c>.</summary>
    public string Codename { get; init; } = "";

    /// <summary><c>PRETTY_NAME</c>, for messages.</summary>
    public string PrettyName { get; init; } = "";

    /// <summary>What is built upon the distribution and takes over what this project manages: <c>Proxmox VE</c>; empty where nothing known does.</summary>
    public string Product { get; init; } = "";

    /// <summary>dpkg's architecture: <c>amd64</c>.</summary>
    public string Architecture { get; init; } = "";

    /// <summary>The machine's own name.</summary>
    public string HostName { get; init; } = "";

    /// <summary>Vendor and product of the machine and its board (DMI).</summary>
    public string Machine { get; init; } = "";

    /// <summary>The form of its case, as SMBIOS numbers them (System Enclosure, 7.4.1); 0 where not known.</summary>
    public int Chassis { get; init; }

    /// <summary>Whether it was booted through UEFI.</summary>
    public bool Uefi { get; init; }

    /// <summary>What <c>systemd-detect-virt</c> says: <c>none</c>, <c>kvm</c>, <c>lxc</c>, <c>docker</c>…</summary>
    public string Virtualization { get; init; } = "";

    /// <summary>ACPI tables that describe an IOMMU: <c>DMAR</c> (Intel), <c>IVRS</c> (AMD).</summary>
    public IReadOnlyList<string> AcpiTables { get; init; } = [];

    /// <summary>Commands that were found.</summary>
    public IReadOnlyList<string> Tools { get; init; } = [];

    /// <summary>The user the probe ran as: 0 unless sudo is missing.</summary>
    public int UserId { get; init; }
}

/// <summary>Processors.</summary>
public sealed record CpuFacts
{
    /// <summary><c>GenuineIntel</c> or <c>AuthenticAMD</c>.</summary>
    public required string Vendor { get; init; }

    /// <summary>The model's name.</summary>
    public string Model { get; init; } = "";

    /// <summary><c>vmx</c>, <c>svm</c> or empty where hardware virtualization is off or missing.</summary>
    public string VirtualizationFlag { get; init; } = "";

    /// <summary>Logical CPUs.</summary>
    public IReadOnlyList<LogicalCpu> Cpus { get; init; } = [];
}

/// <summary>One logical CPU.</summary>
public sealed record LogicalCpu
{
    /// <summary>Its number.</summary>
    public required int Number { get; init; }

    /// <summary>Its socket.</summary>
    public int Package { get; init; }

    /// <summary>Its die within the socket.</summary>
    public int Die { get; init; }

    /// <summary>Its core within the socket: CPUs of one core are SMT siblings.</summary>
    public int Core { get; init; }

    /// <summary>Its NUMA node.</summary>
    public int Node { get; init; }

    /// <summary>Whether it is online.</summary>
    public bool Online { get; init; } = true;

    /// <summary>The CPUs that share its L3 cache, in list format; empty where not known.</summary>
    public string SharedCache { get; init; } = "";

    /// <summary>The size of its L3 cache in KiB; 0 where not known.</summary>
    public long SharedCacheKiB { get; init; }

    /// <summary>The online CPUs of its core, in list format; empty where not known.</summary>
    public string Siblings { get; init; } = "";

    /// <summary>What kind of core it is a thread of; unknown where all are alike, or the kernel does not say.</summary>
    public CoreKind Kind { get; init; }

    /// <summary>How much it does compared with the fastest, which has 1024; 0 where the kernel does not say. Source: Linux <c>Documentation/ABI/testing/sysfs-devices-system-cpu</c>, <c>cpu_capacity</c>.</summary>
    public int Capacity { get; init; }
}

/// <summary>Kinds of cores of a hybrid processor. Source: Linux <c>arch/x86/events/intel/core.c</c>, the PMUs cpu_core, cpu_atom and cpu_lowpower.</summary>
public enum CoreKind
{
    /// <summary>All cores are alike, or the kernel does not say.</summary>
    Unknown,

    /// <summary>A fast one (P-core).</summary>
    Performance,

    /// <summary>A small one (E-core).</summary>
    Efficient,

    /// <summary>One that is there to save power (LP E-core), away from the L3 cache.</summary>
    LowPower,
}

/// <summary>Memory and huge pages.</summary>
public sealed record MemoryFacts
{
    /// <summary>MemTotal, in KiB.</summary>
    public required long TotalKiB { get; init; }

    /// <summary>MemAvailable, in KiB.</summary>
    public long AvailableKiB { get; init; }

    /// <summary>NUMA nodes.</summary>
    public IReadOnlyList<NodeFacts> Nodes { get; init; } = [];
}

/// <summary>One NUMA node.</summary>
public sealed record NodeFacts
{
    /// <summary>Its number.</summary>
    public required int Number { get; init; }

    /// <summary>Its memory, in KiB.</summary>
    public long TotalKiB { get; init; }

    /// <summary>Its free memory, in KiB.</summary>
    public long FreeKiB { get; init; }

    /// <summary>Its CPUs, in list format.</summary>
    public string Cpus { get; init; } = "";

    /// <summary>Its huge pages.</summary>
    public IReadOnlyList<HugePageFacts> HugePages { get; init; } = [];
}

/// <summary>Huge pages of one size on one node.</summary>
/// <param name="SizeKiB">The page size in KiB: 2048 or 1048576.</param>
/// <param name="Count">How many are allocated.</param>
/// <param name="Free">How many of those are not in use.</param>
public sealed record HugePageFacts(long SizeKiB, long Count, long Free);

/// <summary>What carries a mounted file system or swap.</summary>
/// <param name="Mount">The mount point, or <c>swap</c>.</param>
/// <param name="Device">The block device.</param>
/// <param name="Controller">The PCI function it hangs on.</param>
public sealed record DiskFacts(string Mount, string Device, PciAddress Controller);

/// <summary>What carries a mounted file system or swap, where that is no PCI function of its own.</summary>
/// <param name="Mount">The mount point, or <c>swap</c>.</param>
/// <param name="Device">The block device, or what is mounted.</param>
/// <param name="Kind">Where it is.</param>
/// <param name="Link">The network link its other end is reached over; empty where none is known.</param>
/// <param name="Words">For people: what it is.</param>
public sealed record OtherDiskFacts(string Mount, string Device, DiskPlace Kind, string Link = "", string Words = "");

/// <summary>Where a disk is that is on no PCI function of its own.</summary>
public enum DiskPlace
{
    /// <summary>It cannot be told.</summary>
    Unknown,

    /// <summary>On a bus that is not PCI's.</summary>
    Elsewhere,

    /// <summary>On the network.</summary>
    Network,
}

/// <summary>Framebuffers and graphics cards in use.</summary>
public sealed record DisplayFacts
{
    /// <summary>Names of the registered framebuffers (/proc/fb): <c>EFI VGA</c>, <c>simpledrmdrmfb</c>…</summary>
    public IReadOnlyList<string> Framebuffers { get; init; } = [];

    /// <summary>PCI functions (or other devices) with a DRM driver.</summary>
    public IReadOnlyList<string> DrmDevices { get; init; } = [];
}

/// <summary>Units and the default target.</summary>
public sealed record ServiceFacts
{
    /// <summary>systemd's default target.</summary>
    public string DefaultTarget { get; init; } = "";

    /// <summary>State (<c>active</c>, <c>inactive</c>…) by unit.</summary>
    public IReadOnlyDictionary<string, string> States { get; init; } = new Dictionary<string, string>();

    /// <summary>Whether a unit runs.</summary>
    public bool IsActive(string unit) => States.TryGetValue(unit, out var state) && state == "active";

    /// <summary>The display manager that runs, by its unit; null if none does.</summary>
    internal string? DisplayManager => IsActive("gdm3") ? "gdm3" : IsActive("display-manager") ? "display-manager" : null;
}

/// <summary>A package that dpkg knows.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Installed">Whether it is installed.</param>
/// <param name="Version">Its version, where installed.</param>
public sealed record PackageFacts(string Name, bool Installed, string Version);
