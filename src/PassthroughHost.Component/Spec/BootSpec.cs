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

    /// <summary>
    /// Whether an update may reboot the machine where the running kernel differs from what is wanted. Without, it is reported as pending.
    /// </summary>
    [Description("Whether an update may reboot the machine when the running kernel differs from what is wanted; otherwise that is reported as pending.")]
    public bool Reboot { get; init; } = true;

    /// <summary>
    /// Whether new kernel arguments are tried once before they become GRUB's default: a boot that does not come back returns to those of
    /// before at the next power cycle, or by itself where the kernel panics. It needs <see cref="Reboot"/>, and a /boot that GRUB can write
    /// to (no LVM, RAID, btrfs or ZFS); elsewhere they become the default at once, and the preview says so. Source: grub-reboot(8).
    /// </summary>
    [Description("Whether new kernel arguments are booted once on trial and become GRUB's default only after the host was verified.")]
    public bool Guard { get; init; } = true;

    /// <summary>How long a reboot may take until SSH answers again, in seconds.</summary>
    [Description("How long a reboot may take until SSH answers again, in seconds.")]
    public int RebootTimeoutSeconds { get; init; } = 900;
}
