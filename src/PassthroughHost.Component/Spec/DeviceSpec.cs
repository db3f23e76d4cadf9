using System.ComponentModel;

namespace PassthroughInfra.Component.Spec;

/// <summary>A PCI function that is given to a guest.</summary>
public sealed record DeviceSpec
{
    /// <summary>A name of the user's own, for messages and for the guest to refer to.</summary>
    [Description("A name of your own, unique in the machine: letters, digits, '-' and '_'.")]
    public required string Name { get; init; }

    /// <summary>Where the function is now.</summary>
    [Description("Its PCI address, as lspci -D shows it.")]
    public required PciAddress Address { get; init; }

    /// <summary>What it must be. A function with another ID at that address is never bound.</summary>
    [Description("Its vendor:device ID, as lspci -nn shows it. Another device found at the address is never bound.")]
    public required PciId Id { get; init; }

    /// <summary>
    /// Which of several cards with that ID is meant: subsystem vendor and device. Left out, the one the host was last set up with is
    /// remembered there.
    /// </summary>
    [Description("Its subsystem vendor:device ID (lspci -vnn, Subsystem), where several cards have the same ID. Left out, it is remembered on the host.")]
    public PciId? Subsystem { get; init; }
}
