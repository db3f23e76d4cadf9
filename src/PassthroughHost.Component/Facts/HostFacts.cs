using PassthroughInfra.Component.Spec;

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

    /// <summary>The domain type of each IOMMU group (<c>DMA</c>, <c>DMA-FQ</c>, <c>identity</c>), by its number.</summary>
    public IReadOnlyDictionary<int, string> GroupTypes { get; init; } = new Dictionary<int, string>();

    /// <summary>Links, addresses and the session's own path.</summary>
    public required NetworkFacts Network { get; init; }

    /// <summary>Which PCI functions carry what is mounted.</summary>
    public IReadOnlyList<DiskFacts> Disks { get; init; } = [];

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

    /// <summary>Kernel messages on the IOMMU and vfio.</summary>
    public IReadOnlyList<string> KernelMessages { get; init; } = [];

    /// <summary>libvirt, its domains and the wanted guest's media; null where the spec has no guest, or in a recording that had none.</summary>
    public GuestFacts? Guest { get; init; }

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

    /// <summary>dpkg's architecture: <c>amd64</c>.</summary>
    public string Architecture { get; init; } = "";

    /// <summary>The machine's own name.</summary>
    public string HostName { get; init; } = "";

    /// <summary>Vendor and product of the machine and its board (DMI).</summary>
    public string Machine { get; init; } = "";

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

/// <summary>The running boot, installed kernels and GRUB's menu.</summary>
public sealed record BootFacts
{
    /// <summary>The kernel's ID of this boot.</summary>
    public required string BootId { get; init; }

    /// <summary>When the kernel started, in seconds since 1970.</summary>
    public long StartedAt { get; init; }

    /// <summary>When the probe ran, in seconds since 1970 by the machine's clock.</summary>
    public long ReadAt { get; init; }

    /// <summary>The running kernel's release.</summary>
    public required string Kernel { get; init; }

    /// <summary>The running kernel's command line.</summary>
    public required string CommandLine { get; init; }

    /// <summary>Every installed kernel.</summary>
    public IReadOnlyList<KernelFacts> Kernels { get; init; } = [];

    /// <summary>When grub.cfg was last made, in seconds since 1970; 0 where there is none.</summary>
    public long GrubConfigMadeAt { get; init; }

    /// <summary>What GRUB's menu would start: each kernel with each command line.</summary>
    public IReadOnlyList<GrubEntry> Entries { get; init; } = [];

    /// <summary>GRUB's environment block.</summary>
    public IReadOnlyDictionary<string, string> GrubEnvironment { get; init; } = new Dictionary<string, string>();

    /// <summary>Free space where /boot is, in KiB.</summary>
    public long FreeKiB { get; init; }

    /// <summary>The file system that holds /boot.</summary>
    public string Mount { get; init; } = "/";

    /// <summary>The block device that holds /boot/grub: <c>sda2</c>, <c>dm-0</c>; empty where not known.</summary>
    public string GrubDevice { get; init; } = "";

    /// <summary>The file system that holds /boot/grub: <c>ext4</c>; empty where not known.</summary>
    public string GrubFileSystem { get; init; } = "";

    /// <summary>The kernel arguments that were verified last; null where none were yet.</summary>
    public string? Verified { get; init; }

    /// <summary>New kernel arguments that are on trial or were not verified; null where there are none.</summary>
    public TrialFacts? Trial { get; init; }

    /// <summary>The running kernel's arguments.</summary>
    public IReadOnlyList<string> Arguments() => CommandLine.Split(' ', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
}

/// <summary>New kernel arguments on trial: booted once, and made the default only after the host was verified.</summary>
public sealed record TrialFacts
{
    /// <summary>What is tried.</summary>
    public required string Arguments { get; init; }

    /// <summary>The digest of the binding that went into the initramfs with it; empty where nothing did.</summary>
    public string EarlyDigest { get; init; } = "";

    /// <summary>How far it has come.</summary>
    public required TrialState State { get; init; }

    /// <summary>Whether its boot came up and was not as wanted.</summary>
    public bool Unverified { get; init; }
}

/// <summary>How far a trial has come.</summary>
public enum TrialState
{
    /// <summary>The menu entry is there; the reboot has not begun.</summary>
    Prepared,

    /// <summary>Its reboot was begun in the present boot.</summary>
    Armed,

    /// <summary>The present boot is it.</summary>
    Running,

    /// <summary>Another boot came instead: it did not come back, or was left again before it was verified.</summary>
    Failed,
}

/// <summary>One line of GRUB's menu.</summary>
/// <param name="Image">The kernel image's file name.</param>
/// <param name="Arguments">Its command line.</param>
public sealed record GrubEntry(string Image, string Arguments);

/// <summary>One installed kernel.</summary>
public sealed record KernelFacts
{
    /// <summary>Its release, as <c>uname -r</c> would say.</summary>
    public required string Release { get; init; }

    /// <summary>How it has vfio-pci.</summary>
    public required VfioPresence VfioPci { get; init; }

    /// <summary>The size of its initramfs in bytes; 0 where it has none.</summary>
    public long InitramfsBytes { get; init; }

    /// <summary>When its initramfs was made, in seconds since 1970.</summary>
    public long InitramfsMadeAt { get; init; }

    /// <summary>The digest of our configuration that went into its initramfs, as our hook noted it; empty where none was noted.</summary>
    public string InitramfsConfiguration { get; init; } = "";

    /// <summary>When our hook noted that, in seconds since 1970. An initramfs older than its note was never finished.</summary>
    public long InitramfsNotedAt { get; init; }
}

/// <summary>How a kernel has vfio-pci.</summary>
public enum VfioPresence
{
    /// <summary>Built in: bound by <c>vfio-pci.ids=</c> alone.</summary>
    Builtin,

    /// <summary>A module: it must be in the initramfs and be loaded before the device's own driver.</summary>
    Module,

    /// <summary>Not there.</summary>
    Missing,
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
}

/// <summary>A package that dpkg knows.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Installed">Whether it is installed.</param>
/// <param name="Version">Its version, where installed.</param>
public sealed record PackageFacts(string Name, bool Installed, string Version);
