using System.ComponentModel;

namespace PassthroughInfra.Component.Spec;

/// <summary>
/// Host CPUs that are kept for guests, and how (walk-through, row 17). Source: systemd.resource-control(5), <c>AllowedCPUs=</c>; Linux
/// <c>Documentation/admin-guide/kernel-parameters.txt</c>, <c>isolcpus=</c>, <c>nohz_full=</c>, <c>rcu_nocbs=</c>, <c>threadirqs</c>.
/// </summary>
public sealed record IsolationSpec
{
    /// <summary>The CPUs the host keeps off; no CPU is kept free where it is left out.</summary>
    [Description("The CPUs kept for guests: auto (the pinned ones, else whole cores near the device), or a list such as \"2-5\". None where left out.")]
    public CpuChoice? Cpus { get; init; }

    /// <summary>How they are kept free.</summary>
    [Description("cgroup: services and users keep off them while a guest runs, no reboot; kernel: isolcpus, nohz_full and rcu_nocbs, from boot on.")]
    public IsolationMethod Method { get; init; } = IsolationMethod.Cgroup;

    /// <summary>Whether interrupts keep off these CPUs too.</summary>
    [Description("Whether the host's interrupts keep off these CPUs too (and irqbalance with them). Interrupts of passed-through devices are left alone.")]
    public bool Irqs { get; init; } = true;

    /// <summary>Whether the kernel handles interrupts in threads (<c>threadirqs</c>): less jitter for USB audio.</summary>
    [Description("threadirqs on the kernel command line: interrupts are handled in threads, which helps USB audio. Needs a reboot.")]
    public bool ThreadIrqs { get; init; }

    /// <summary>The guests whose running counts, by libvirt's name; by default the stack's own, else every guest of the host.</summary>
    [Description("The guests, by libvirt's name, whose running keeps the CPUs free (method cgroup). Default: the stack's guests, else every guest.")]
    public IReadOnlyList<string> Guests { get; init; } = [];
}

/// <summary>How CPUs are kept free for guests.</summary>
public enum IsolationMethod
{
    /// <summary>The host's slices are confined to the other CPUs while a guest runs, and have all CPUs back afterwards.</summary>
    Cgroup,

    /// <summary>The kernel's scheduler leaves them out from boot on; they are idle while no guest runs.</summary>
    Kernel,
}
