using System.ComponentModel;

namespace PassthroughInfra.Component.Spec;

/// <summary>
/// Hyper-V enlightenments: interfaces of Hyper-V that QEMU offers, with which Windows wastes less time. Source: QEMU, "Hyper-V
/// Enlightenments"; libvirt, "Domain XML format", Hypervisor features.
/// </summary>
public sealed record HyperVSpec
{
    /// <summary>Whether there are any; by default for Windows under KVM.</summary>
    [Description("Whether there are any. Default: for Windows guests.")]
    public bool? Enabled { get; init; }

    /// <summary>Those that are left out of the usual set.</summary>
    [Description("Enlightenments left out of the usual set.")]
    public IReadOnlyList<HyperVFeature> Without { get; init; } = [];

    /// <summary>Enlightened VMCS, for Hyper-V within the guest (WSL 2, memory integrity); Intel only.</summary>
    [Description("Enlightened VMCS: faster Hyper-V inside the guest (WSL 2, memory integrity); Intel hosts only.")]
    public bool Evmcs { get; init; }

    /// <summary>How often a vCPU spins on a lock before the hypervisor is told: at least 4095.</summary>
    [Description("How often a vCPU spins on a lock before it tells the hypervisor; 4095 or more.")]
    public int SpinlockRetries { get; init; } = 8191;

    /// <summary>What the hypervisor calls itself, at most 12 characters: an old remedy against NVIDIA's error 43.</summary>
    [Description("What the hypervisor calls itself, at most 12 letters and digits; old NVIDIA drivers (before 465) gave error 43 without.")]
    public string? VendorId { get; init; }
}

/// <summary>The usual set of enlightenments.</summary>
public enum HyperVFeature
{
    /// <summary>No watchdog over a vCPU that gets no time.</summary>
    Relaxed,

    /// <summary>Fast access to the interrupt controller.</summary>
    Vapic,

    /// <summary>Spinning vCPUs tell the hypervisor.</summary>
    Spinlocks,

    /// <summary>The vCPU's index; others need it.</summary>
    Vpindex,

    /// <summary>How long a vCPU ran.</summary>
    Runtime,

    /// <summary>The synthetic interrupt controller; needed by the timers.</summary>
    Synic,

    /// <summary>Synthetic timers.</summary>
    Stimer,

    /// <summary>Reset by the hypervisor.</summary>
    Reset,

    /// <summary>TSC and APIC frequencies.</summary>
    Frequencies,

    /// <summary>TLB flushes of other vCPUs.</summary>
    Tlbflush,

    /// <summary>Interrupts to other vCPUs.</summary>
    Ipi,
}
