using PassthroughInfra.Component.Facts;

namespace PassthroughInfra.Component.Devices;

/// <summary>What a PCI function is to its machine.</summary>
public enum DeviceRole
{
    /// <summary>A bridge or port: it carries others.</summary>
    Bridge,

    /// <summary>A card, or a chip with a port of its own: what can be given to a guest.</summary>
    Card,

    /// <summary>A part of the processor or the chipset.</summary>
    Platform,

    /// <summary>A part of the board's management controller (BMC): the screen, keyboard and media that are used from afar.</summary>
    Management,

    /// <summary>A device that a hypervisor emulates.</summary>
    Emulated,

    /// <summary>Behind a Thunderbolt or USB4 port, or in a slot that can be unplugged: it comes and goes.</summary>
    External,

    /// <summary>Behind a controller that hides it from the machine (Intel VMD): it goes where that controller goes.</summary>
    Managed,

    /// <summary>A virtual function (SR-IOV).</summary>
    VirtualFunction,
}

/// <summary>One function with what it is to its machine.</summary>
/// <param name="Function">The function.</param>
/// <param name="Role">What it is.</param>
/// <param name="Reason">By what that is told, in words that follow its name: <c>is on the root bus: …</c>.</param>
public sealed record JudgedDevice(PciFacts Function, DeviceRole Role, string Reason);
