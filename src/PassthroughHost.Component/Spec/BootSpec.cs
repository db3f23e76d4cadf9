using System.ComponentModel;

namespace PassthroughInfra.Component.Spec;

/// <summary>What concerns the kernel command line, the initramfs and reboots.</summary>
public sealed record BootSpec
{
    /// <summary>
    /// <c>iommu=pt</c>: devices of the host bypass translation. Some boards bind only without it (walk-through, row 10). Source: Linux
    /// <c>Documentation/admin-guide/kernel-parameters.txt</c>, <c>iommu=</c>.
    /// </summary>
    [Description("iommu=pt: the host's own devices bypass translation. Some boards work only without it.")]
    public bool IommuPassthrough { get; init; } = true;

    /// <summary>Further kernel arguments, appended as they are.</summary>
    [Description("Further kernel arguments, appended as they are.")]
    public IReadOnlyList<string> KernelArguments { get; init; } = [];

    /// <summary>Whether an update reboots the machine if the running kernel or a binding differs from what is wanted.</summary>
    [Description("Whether an update reboots the machine if the running kernel or a binding differs from what is wanted. whenIdle: where no guest runs; else the reboot is reported as pending, and an update after the guests were shut down makes it. always: guests are shut down first, and one that does not stop means no reboot. never: it is reported as pending, and the update after your own reboot goes on.")]
    public RebootPolicy Reboot { get; init; } = RebootPolicy.WhenIdle;

    /// <summary>
    /// Whether new kernel arguments are tried once before they become GRUB's default: a boot that does not come back returns to those of
    /// before at the next power cycle, or by itself where the kernel panics. It needs a reboot of the update's own (not <see cref="RebootPolicy.Never"/>), and a
    /// /boot that GRUB can write to (no LVM, RAID, btrfs or ZFS); elsewhere they become the default at once, and the preview says so. Source: grub-reboot(8).
    /// </summary>
    [Description("Whether new kernel arguments are booted once on trial and become GRUB's default only after the host was verified.")]
    public bool Guard { get; init; } = true;

    /// <summary>
    /// Whether a guest with devices is kept from starting after a boot at which one of them is not as it was applied (not with vfio-pci, or another device at
    /// its address). The reason is in the journal, in <c>virsh desc</c> and in the next preview.
    /// </summary>
    [Description("Whether a guest with devices is kept from starting after a boot at which one of them is not with vfio-pci as it was applied. The other guests start. The reason is in the journal, in virsh desc and in the next preview.")]
    public bool HoldGuests { get; init; } = true;

    /// <summary>What may stay unknown of how the machine boots. Named here, an update takes it for what it can write for, and does not refuse.</summary>
    [Description("What may stay unknown of how the machine boots, and is then taken for what an update can write for. bootLoader: GRUB 2 is installed, and whether it booted the machine cannot be told. If it was not GRUB, no device is bound, and the host boots as before. initramfs: initramfs-tools (or dracut) and another program both make an initramfs; that of the first takes the place of the other's, and a root that needs the other's does not boot.")]
    public IReadOnlyList<UnknownBoot> AcceptUnknown { get; init; } = [];

    /// <summary>How long a reboot may take until SSH answers again, in seconds.</summary>
    [Description("How long a reboot may take until SSH answers again, in seconds.")]
    public int RebootTimeoutSeconds { get; init; } = 900;
}

/// <summary>What of a machine's boot may be accepted although it cannot be told.</summary>
public enum UnknownBoot
{
    /// <summary>Which boot loader booted the machine, where GRUB 2 is installed.</summary>
    BootLoader,

    /// <summary>Which program's initramfs counts, where initramfs-tools or dracut is one of several.</summary>
    Initramfs,
}

/// <summary>Whether an update reboots the machine if the running kernel or a device's driver differs from what is wanted.</summary>
public enum RebootPolicy
{
    /// <summary>Once in an update, after everything is written, where no guest runs. While one does, the reboot is reported as pending.</summary>
    WhenIdle,

    /// <summary>Once in an update, after everything is written. Guests are shut down first, and started again afterwards; one that does not stop means no reboot.</summary>
    [FormerWord("true")]
    Always,

    /// <summary>
    /// Left to the operator. Until then the reboot is reported as pending with its reasons, nothing that needs it fails, and no guest is started.
    /// </summary>
    [FormerWord("false")]
    Never,
}
