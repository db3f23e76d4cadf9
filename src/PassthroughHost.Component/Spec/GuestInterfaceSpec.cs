using System.ComponentModel;
using System.Text.Json.Serialization;

namespace PassthroughInfra.Component.Spec;

/// <summary>A guest's network card on a bridge of the host. Source: libvirt, "Domain XML format", Bridge to LAN.</summary>
public sealed record GuestInterfaceSpec
{
    /// <summary>The bridge; by default the machine's first.</summary>
    [Description("The bridge it is on. Default: the first bridge of the machine's network.")]
    public LinkName? Bridge { get; init; }

    /// <summary>Its MAC address; by default one that follows from the guest's UUID and never changes.</summary>
    [Description("Its MAC address. Default: one that follows from the guest's UUID and stays the same.")]
    public MacAddress? Mac { get; init; }

    /// <summary>The card the guest sees.</summary>
    [Description("The card the guest sees: virtio (needs a driver in Windows) or e1000e.")]
    public InterfaceModel Model { get; init; } = InterfaceModel.Virtio;

    /// <summary>The largest packet in bytes; the bridge's where left out.</summary>
    [Description("The largest packet in bytes, 576 to 65535. Default: the bridge's.")]
    public int? Mtu { get; init; }

    /// <summary>How many queues it has, at most one for each vCPU; only for virtio.</summary>
    [Description("How many queues a virtio card has: 1 to the number of vCPUs.")]
    public int? Queues { get; init; }
}

/// <summary>Network cards.</summary>
public enum InterfaceModel
{
    /// <summary>virtio-net.</summary>
    Virtio,

    /// <summary>Intel 82574, which Windows has a driver for.</summary>
    [JsonStringEnumMemberName("e1000e")]
    E1000E,
}
