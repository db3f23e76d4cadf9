using System.ComponentModel;

namespace PassthroughInfra.Component.Spec;

/// <summary>
/// A device that is split into virtual functions (SR-IOV), each of which a guest can be given like a device of its own: it is listed under
/// <c>devices</c> with its own address, which the preview names. Source: Linux <c>Documentation/PCI/pci-iov-howto.rst</c>.
/// </summary>
public sealed record SriovSpec
{
    /// <summary>Where the device (its physical function) is.</summary>
    [Description("The PCI address of the device that is split (its physical function), as lspci -D shows it.")]
    public required PciAddress Address { get; init; }

    /// <summary>What it must be. Another function at that address is never split.</summary>
    [Description("Its vendor:device ID, as lspci -nn shows it. Another device found at the address is left alone.")]
    public required PciId Id { get; init; }

    /// <summary>How many virtual functions it has; made at every boot, before libvirt starts.</summary>
    [Description("How many virtual functions it has, made at every boot. Those listed under devices go to vfio-pci, the others to the host's driver.")]
    public required int Vfs { get; init; }

    /// <summary>
    /// The MAC address of each virtual function of a network card in turn; without, the card chooses one at every boot, and a guest's
    /// network looks new each time.
    /// </summary>
    [Description("Network cards: the MAC address of each virtual function in turn. Without, it is another one after every boot.")]
    public IReadOnlyList<MacAddress> Macs { get; init; } = [];
}
