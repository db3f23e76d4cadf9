using System.ComponentModel;
using System.Text.Json.Serialization;

namespace PassthroughInfra.Component.Spec;

/// <summary>
/// A guest the devices are for: a libvirt domain, defined whole from here (walk-through, rows 11 to 16). Source: libvirt, "Domain XML
/// format".
/// </summary>
public sealed record GuestSpec
{
    /// <summary>Its name in libvirt, and in the names of its resources; no two guests have the same.</summary>
    [Description("Its name in libvirt and in the names of its resources; no two guests have the same.")]
    public required GuestName Name { get; init; }

    /// <summary>Its UUID; by default one that follows from the stack and the name, and never changes.</summary>
    [Description("Its UUID; of a guest that is taken over (adopt), the one that it has. Default: one that follows from the stack and the name.")]
    public GuestUuid? Uuid { get; init; }

    /// <summary>
    /// Whether it is a domain that somebody else made on the host and that becomes a guest of this stack: it keeps its place of each device, its firmware and its
    /// boot order, and goes back to its former definition when the stack is destroyed. The command alone defines it.
    /// </summary>
    [Description("Takes over a domain that is on the host already, by its name and uuid: its devices keep their places, its firmware files, NVRAM, TPM state and boot order stay; destroy gives it its former definition back.")]
    public bool Adopt { get; init; }

    /// <summary>What runs in it: decides on Hyper-V enlightenments and the clock.</summary>
    [Description("What runs in it: windows10, windows11 or linux. Decides on Hyper-V enlightenments and the clock.")]
    public GuestOs Os { get; init; } = GuestOs.Windows10;

    /// <summary>Whether it is being installed (a SPICE screen and the installation media) or in use with the passed-through card alone.</summary>
    [Description("install: with the installation media and a SPICE screen; passthrough: without those, the real card alone. Same guest, same UUID, MAC, NVRAM and TPM.")]
    public GuestPhase Phase { get; init; } = GuestPhase.Passthrough;

    /// <summary>Whether its CPUs run under KVM, or (for rehearsals) are emulated.</summary>
    [Description("kvm, or qemu: emulated CPUs, for rehearsals on machines without KVM.")]
    public GuestType Type { get; init; } = GuestType.Kvm;

    /// <summary>QEMU's machine type: <c>q35</c> is the newest of the host's QEMU.</summary>
    [Description("QEMU's machine type: q35, or one version of it such as pc-q35-6.2 (virsh domcapabilities).")]
    public string Machine { get; init; } = "q35";

    /// <summary>How much memory it has.</summary>
    [Description("How much memory it has.")]
    public required MemorySize Memory { get; init; }

    /// <summary>What stands behind its memory.</summary>
    [Description("Huge pages, locking and NUMA nodes of its memory.")]
    public GuestMemorySpec MemoryBacking { get; init; } = new();

    /// <summary>Its processors.</summary>
    [Description("Its processors, and the host CPUs they run on.")]
    public required GuestCpuSpec Cpus { get; init; }

    /// <summary>Its firmware; by default <c>uefi-secure</c> for Windows 11, else <c>uefi</c>. It cannot be changed once a system is installed.</summary>
    [Description("uefi, or uefi-secure: UEFI with Secure Boot and Microsoft's keys (default for Windows 11). Not to be changed once a system is installed.")]
    public GuestFirmware? Firmware { get; init; }

    /// <summary>Whether it has an emulated TPM 2.0 (CRB) with persistent state.</summary>
    [Description("Whether it has an emulated TPM 2.0. Default: for Windows 11, which requires one.")]
    public bool? Tpm { get; init; }

    /// <summary>Its disk.</summary>
    [Description("Its disk. Left out where it boots from a passed-through NVMe drive.")]
    public GuestDiskSpec? Disk { get; init; }

    /// <summary>Further disks.</summary>
    [Description("Further disks.")]
    public IReadOnlyList<GuestDiskSpec> Disks { get; init; } = [];

    /// <summary>What it is installed from.</summary>
    [Description("What it is installed from; in the drives in the install phase only.")]
    public GuestMediaSpec Media { get; init; } = new();

    /// <summary>Images in CD-ROM drives in both phases.</summary>
    [Description("ISOs in CD-ROM drives of their own, in both phases.")]
    public IReadOnlyList<HostPath> Cdroms { get; init; } = [];

    /// <summary>Its network cards; by default one on the machine's first bridge, where there is one.</summary>
    [Description("Its network cards. Default: one virtio card on the first bridge of the machine's network; [] for none.")]
    public IReadOnlyList<GuestInterfaceSpec>? Interfaces { get; init; }

    /// <summary>The PCI devices it is given, by their names under the machine's devices; by default all, if it is the machine's only guest.</summary>
    [Description("Names of the machine's devices it is given. Default with one guest: all of them; each of several guests names its own ([] for none).")]
    public IReadOnlyList<string>? Devices { get; init; }

    /// <summary>How PCI devices appear in it, by the device's name.</summary>
    [Description("How a PCI device appears in the guest, by the device's name: { gpu: { romFile: /var/lib/libvirt/vbios/card.rom } }.")]
    public IReadOnlyDictionary<string, GuestDeviceOptions> DeviceOptions { get; init; } = new Dictionary<string, GuestDeviceOptions>();

    /// <summary>USB devices it is given one by one.</summary>
    [Description("USB devices it is given one by one; a whole USB controller among devices is steadier.")]
    public IReadOnlyList<GuestUsbSpec> Usb { get; init; } = [];

    /// <summary>Keyboards and mice shared between host and guest.</summary>
    [Description("Keyboards and mice of the host that are moved to the guest and back with both Ctrl keys.")]
    public IReadOnlyList<GuestEvdevSpec> Evdev { get; init; } = [];

    /// <summary>Shared memory for Looking Glass.</summary>
    [Description("Shared memory for Looking Glass, which shows the guest's screen in a window of the host.")]
    public LookingGlassSpec? LookingGlass { get; init; }

    /// <summary>A sound card; none where left out (a passed-through card has its own).</summary>
    [Description("An emulated sound card. Left out: none; a passed-through card has its own.")]
    public GuestSoundSpec? Sound { get; init; }

    /// <summary>The screen of the install phase.</summary>
    [Description("The screen of the install phase, on the host's loopback: spice, vnc, or none (headless, with a serial console).")]
    public GuestDisplay InstallDisplay { get; init; } = GuestDisplay.Spice;

    /// <summary>Whether there is a channel for the QEMU guest agent.</summary>
    [Description("A channel for the QEMU guest agent, which makes shutdown and time after suspend reliable.")]
    public bool GuestAgent { get; init; } = true;

    /// <summary>Whether there is a virtio source of random numbers.</summary>
    [Description("A virtio source of random numbers.")]
    public bool Rng { get; init; } = true;

    /// <summary>A file on the host that gets what the guest writes to its serial port; by default a console for <c>virsh console</c>.</summary>
    [Description("A file on the host that gets what the guest writes to its first serial port. Default: a console for virsh console.")]
    public HostPath? SerialFile { get; init; }

    /// <summary>Hyper-V enlightenments.</summary>
    [Description("Hyper-V enlightenments; on for Windows.")]
    public HyperVSpec HyperV { get; init; } = new();

    /// <summary>Whether KVM hides from the guest: a remedy for drivers that refuse to run in a virtual machine, at the price of speed.</summary>
    [Description("Hides KVM from the guest, for drivers that refuse to run in a virtual machine; costs speed.")]
    public bool KvmHidden { get; init; }

    /// <summary>Whether it starts when the host does; withheld while a device of its is not bound.</summary>
    [Description("Whether it starts when the host does. Withheld while one of its devices is not bound to vfio-pci.")]
    public bool Autostart { get; init; }

    /// <summary>What an update does with a guest that is off.</summary>
    [Description("What an update does with a guest that is off: leave it, or start it (running, or paused before its first instruction).")]
    public GuestStart Start { get; init; } = GuestStart.Leave;

    /// <summary>What an update does with a running guest whose definition changed.</summary>
    [Description("What an update does with a running guest whose definition changed: never touch it (the change waits for its next start), graceful or force restart.")]
    public GuestRestart Restart { get; init; } = GuestRestart.Never;

    /// <summary>How long a guest may take to shut down, in seconds.</summary>
    [Description("How long the guest may take to shut down, in seconds: 1 to 3600.")]
    public int ShutdownTimeoutSeconds { get; init; } = 180;

    /// <summary>Whether destroying the stack refuses while this guest has a disk or TPM state.</summary>
    [Description("Refuses to destroy the guest with the stack; false allows it. Disks are never deleted either way.")]
    public bool Protect { get; init; } = true;

    /// <summary>Whether the libvirt provider owns the domain, or the command alone that reconciles its definition.</summary>
    [Description("provider: a libvirt Domain resource owns it; command: the command over SSH alone defines it (where the provider cannot connect, such as SSH ports other than 22).")]
    public GuestManager ManagedBy { get; init; } = GuestManager.Provider;

    /// <summary>What is not covered here, as XML of libvirt's own.</summary>
    [Description("What has no key here, as pieces of libvirt's domain XML that are added under a parent.")]
    public IReadOnlyList<ExtraXmlSpec> ExtraXml { get; init; } = [];

    /// <summary>Places of the domain document that are to be otherwise than the keys above make them.</summary>
    [Description("Places of libvirt's domain XML that are to be otherwise than the keys above make them. For an adopted guest, or one with managedBy: command.")]
    public IReadOnlyList<XmlOverride> Overrides { get; init; } = [];

    /// <summary>Whether a <c>libvirt:Domain</c> resource owns it: the provider would put an empty machine in the place of a domain that is there.</summary>
    [JsonIgnore]
    public bool IsOfProvider => ManagedBy == GuestManager.Provider && !Adopt;

    /// <summary>Whether it runs Windows.</summary>
    [JsonIgnore]
    public bool IsWindows => Os is GuestOs.Windows10 or GuestOs.Windows11;

    /// <summary>Whether it has Secure Boot.</summary>
    [JsonIgnore]
    public bool HasSecureBoot => (Firmware ?? (Os == GuestOs.Windows11 ? GuestFirmware.UefiSecure : GuestFirmware.Uefi)) == GuestFirmware.UefiSecure;

    /// <summary>Whether it has a TPM.</summary>
    [JsonIgnore]
    public bool HasTpm => Tpm ?? Os == GuestOs.Windows11;

    /// <summary>All disks with their paths in the spec.</summary>
    /// <param name="path">The guest's own path.</param>
    internal IEnumerable<(string Path, GuestDiskSpec Disk)> AllDisks(string path = "") =>
    [
        .. Disk is { } first ? [($"{path}.disk", first)] : Array.Empty<(string, GuestDiskSpec)>(),
        .. Disks.Select((d, i) => ($"{path}.disks[{i}]", d)),
    ];

    /// <summary>The images in its CD-ROM drives in the phase it is in, with their paths in the spec; the one it boots from first.</summary>
    /// <param name="path">The guest's own path.</param>
    internal IEnumerable<(string Path, HostPath Image)> AllCdroms(string path = "") =>
    [
        .. Phase == GuestPhase.Install && Media.Install is { } install ? [($"{path}.media.install", install)] : Array.Empty<(string, HostPath)>(),
        .. Phase == GuestPhase.Install && Media.Drivers is { } drivers ? [($"{path}.media.drivers", drivers)] : Array.Empty<(string, HostPath)>(),
        .. Cdroms.Select((c, i) => ($"{path}.cdroms[{i}]", c)),
    ];
}

/// <summary>One place of the domain document: an element that stands there, a value, or nothing.</summary>
public sealed record XmlOverride
{
    /// <summary>Where: names of elements with what tells equal ones apart in brackets, as previews show them.</summary>
    [Description("Where, as previews show it: devices/disk[vda]/driver, clock, cpu/@mode.")]
    public required string At { get; init; }

    /// <summary>The element that stands there, in place of one that would or beside the others of its parent.</summary>
    [Description("The element that stands there, in libvirt's \"Domain XML format\".")]
    public string? Xml { get; init; }

    /// <summary>The value of the attribute there.</summary>
    [Description("The value of the attribute there.")]
    public string? Value { get; init; }

    /// <summary>Whether nothing stands there.</summary>
    [Description("true: nothing stands there.")]
    public bool Absent { get; init; }
}

/// <summary>A piece of libvirt's domain XML. What this project writes itself cannot be replaced by it.</summary>
public sealed record ExtraXmlSpec
{
    /// <summary>The element it is added to.</summary>
    [Description("The element it is added to: domain, devices, features, cpu, clock, cputune or memoryBacking.")]
    public ExtraXmlParent Under { get; init; } = ExtraXmlParent.Devices;

    /// <summary>One element, or several one after another.</summary>
    [Description("One element or several, in libvirt's \"Domain XML format\".")]
    public required string Xml { get; init; }
}
