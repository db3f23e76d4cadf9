namespace PassthroughInfra.Component.Facts;

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

    /// <summary>The hypervisor the running kernel was started by, as <c>/sys/hypervisor/type</c> says: <c>xen</c>; empty where there is none.</summary>
    public string Hypervisor { get; init; } = "";

    /// <summary>What the boot loader says of itself to the firmware (<c>LoaderInfo</c>): <c>systemd-boot 252</c>, <c>GRUB 2.12</c>; empty where it says nothing.</summary>
    public string Loader { get; init; } = "";

    /// <summary>What the stub of a unified kernel image says of itself (<c>StubInfo</c>): <c>systemd-stub 252</c>; empty where this boot was none of one.</summary>
    public string Stub { get; init; } = "";

    /// <summary>The programs that make an initramfs when a kernel is installed: <c>initramfs-tools</c>, <c>dracut</c>; null where that was not read.</summary>
    public IReadOnlyList<string>? InitramfsMakers { get; init; }

    /// <summary>Lines of modprobe.d on vfio-pci.</summary>
    public IReadOnlyList<FileLine> ModuleRules { get; init; } = [];

    /// <summary>Lines of /etc/default/grub and its drop-ins that set the kernel's arguments, in the order they are read.</summary>
    public IReadOnlyList<FileLine> GrubSettings { get; init; } = [];

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

    /// <summary>The boot that a reboot was last made or put off in, and what for; null if none was, or if the host has been as wanted since.</summary>
    public TriedBoot? Tried { get; init; }

    /// <summary>The running kernel's arguments.</summary>
    public IReadOnlyList<string> Arguments() => CommandLine.Split(' ', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
}

/// <summary>A reboot that an update made or put off.</summary>
/// <param name="BootId">The boot it was to end.</param>
/// <param name="Reasons">What it was for, sorted.</param>
public sealed record TriedBoot(string BootId, IReadOnlyList<string> Reasons);

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

/// <summary>One line of a file.</summary>
/// <param name="Path">The file.</param>
/// <param name="Text">The line.</param>
public sealed record FileLine(string Path, string Text);

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

    /// <summary>The digest of our configuration that is in its initramfs; empty where none is.</summary>
    public string InitramfsConfiguration { get; init; } = "";

    /// <summary>In recordings of earlier versions, when that was noted, in seconds since 1970: an initramfs older than its note was never finished.</summary>
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
