using System.ComponentModel;

namespace PassthroughInfra.Component.Spec;

/// <summary>What one machine should be: the value of <c>passthrough-infra:machine</c> in a stack file.</summary>
public sealed record MachineSpec
{
    /// <summary>How the machine is reached.</summary>
    [Description("How the machine is reached over SSH.")]
    public required ConnectionSpec Connection { get; init; }

    /// <summary>Which IOMMU the machine has; by default told from its ACPI tables (DMAR: Intel, IVRS: AMD), else from its CPU.</summary>
    [Description("Which IOMMU the machine has: told from its ACPI tables (DMAR or IVRS) and its CPU, or said here. Intel's is asked for with intel_iommu=on; AMD's is on by itself.")]
    public IommuKind Iommu { get; init; } = IommuKind.Auto;

    /// <summary>The PCI devices that guests are given. They are bound to vfio-pci at boot, before any other driver.</summary>
    [Description("The PCI devices that guests are given; bound to vfio-pci at boot, before any other driver.")]
    public IReadOnlyList<DeviceSpec> Devices { get; init; } = [];

    /// <summary>Functions that share an IOMMU group with a device and are given up for it: the host loses them too.</summary>
    [Description("PCI addresses that share an IOMMU group with a device and are given up for it; bound to vfio-pci as well.")]
    public IReadOnlyList<PciAddress> AcceptSiblings { get; init; } = [];

    /// <summary>Functions the host would miss (the NIC of the SSH connection, a disk's controller, the last display or keyboard), given up knowingly.</summary>
    [Description("PCI addresses the host would miss (the SSH connection's NIC, a disk's controller, the last display or USB keyboard), given up knowingly.")]
    public IReadOnlyList<PciAddress> AcceptLoss { get; init; } = [];

    /// <summary>Kernel command line, initramfs and reboots.</summary>
    [Description("Kernel command line, initramfs and reboots.")]
    public BootSpec Boot { get; init; } = new();

    /// <summary>The packages a passthrough host needs.</summary>
    [Description("The packages a passthrough host needs.")]
    public PackagesSpec Packages { get; init; } = new();

    /// <summary>The bridges guests are on, and the host's own addresses; left alone where it is left out.</summary>
    [Description("The bridges guests are on and the host's own addresses, through netplan; left alone where it is left out.")]
    public NetworkSpec? Network { get; init; }

    /// <summary>Huge pages for guests.</summary>
    [Description("Huge pages that are set aside for guests.")]
    public HugePagesSpec? HugePages { get; init; }

    /// <summary>Devices that are split into virtual functions (SR-IOV), which are then devices of their own.</summary>
    [Description("Devices that are split into virtual functions (SR-IOV); list those for guests under devices, by the addresses the preview names.")]
    public IReadOnlyList<SriovSpec> Sriov { get; init; } = [];

    /// <summary>CPUs that are kept for guests, and how interrupts are handled.</summary>
    [Description("CPUs that the host keeps off for the guests' sake, and how it handles interrupts.")]
    public IsolationSpec? Isolation { get; init; }

    /// <summary>Whether the host boots into a desktop; left as it is where not said. It takes effect at the next boot.</summary>
    [Description("Whether the host boots into a desktop (graphical.target) or without (multi-user.target); left as it is where not said.")]
    public bool? Desktop { get; init; }

    /// <summary>The guests the devices are for; each is planned after those before it in the list.</summary>
    [Description("The guests the devices are for: libvirt domains, each defined whole from here.")]
    [FormerKey("guest")]
    public IReadOnlyList<GuestSpec> Guests { get; init; } = [];

    /// <summary>The first of them; null if there is none.</summary>
    internal GuestSpec? FirstGuest => Guests.Count > 0 ? Guests[0] : null;

    /// <summary>What was set up by hand and is this stack's from now on; <c>passthrough init --adopt</c> writes the list.</summary>
    [Description("What was set up by hand and is this stack's from now on (passthrough init --adopt writes the list): it is cut out of its files, and comes back byte for byte with destroy.")]
    public IReadOnlyList<TakeOverSpec> TakeOver { get; init; } = [];

    /// <summary>
    /// A recorded probe of the machine (made by <c>passthrough doctor --save</c>), relative to the directory of Pulumi.yaml. With it a
    /// preview reads no host; an update always does.
    /// </summary>
    [Description("A recorded probe (passthrough doctor --save), relative to Pulumi.yaml: previews then need no host. Updates always read the host.")]
    public string? Facts { get; init; }
}

/// <summary>The kinds of IOMMU.</summary>
public enum IommuKind
{
    /// <summary>Told from the machine's ACPI tables, else its CPU's vendor.</summary>
    Auto,

    /// <summary>Intel VT-d: <c>intel_iommu=on</c>.</summary>
    Intel,

    /// <summary>AMD-Vi: the kernel uses it without being asked.</summary>
    Amd,
}
