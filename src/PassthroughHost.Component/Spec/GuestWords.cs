using System.Text.Json.Serialization;

namespace PassthroughInfra.Component.Spec;

/// <summary>What runs in a guest.</summary>
public enum GuestOs
{
    /// <summary>Windows 10, and servers up to 2022.</summary>
    Windows10,

    /// <summary>Windows 11: wants a TPM 2.0, and <c>uefi-secure</c>.</summary>
    Windows11,

    /// <summary>Linux, and what else keeps its clock in UTC.</summary>
    Linux,
}

/// <summary>The two phases of a guest's life (walk-through, rows 12 and 13).</summary>
public enum GuestPhase
{
    /// <summary>Installation media, a SPICE screen with QXL, and the devices already.</summary>
    Install,

    /// <summary>The passed-through card is the only screen.</summary>
    Passthrough,
}

/// <summary>Who runs a guest's CPUs.</summary>
public enum GuestType
{
    /// <summary>The processor itself.</summary>
    Kvm,

    /// <summary>QEMU's emulation, for rehearsals.</summary>
    Qemu,
}

/// <summary>A guest's firmware.</summary>
public enum GuestFirmware
{
    /// <summary>OVMF.</summary>
    Uefi,

    /// <summary>OVMF with Secure Boot, System Management Mode and Microsoft's keys enrolled.</summary>
    [JsonStringEnumMemberName("uefi-secure")]
    UefiSecure,
}

/// <summary>The emulated screen of the install phase.</summary>
public enum GuestDisplay
{
    /// <summary>SPICE with QXL and its agent's channel.</summary>
    Spice,

    /// <summary>VNC with the standard VGA card.</summary>
    Vnc,

    /// <summary>None: the serial console alone.</summary>
    None,
}

/// <summary>What an update does with a guest that is off.</summary>
public enum GuestStart
{
    /// <summary>Nothing.</summary>
    Leave,

    /// <summary>It is started.</summary>
    Running,

    /// <summary>It is started, and stopped before its first instruction.</summary>
    Paused,
}

/// <summary>What an update does with a running guest whose definition changed.</summary>
public enum GuestRestart
{
    /// <summary>Nothing: the change is reported as pending.</summary>
    Never,

    /// <summary>It is asked to shut down and started again; where it does not within the timeout, the change is reported as pending.</summary>
    Graceful,

    /// <summary>It is asked to shut down, switched off after the timeout, and started again.</summary>
    Force,
}

/// <summary>Who owns a guest's domain.</summary>
public enum GuestManager
{
    /// <summary>A <c>libvirt:Domain</c> resource.</summary>
    Provider,

    /// <summary>The reconciling command alone.</summary>
    Command,
}

/// <summary>Where a piece of XML is added.</summary>
public enum ExtraXmlParent
{
    /// <summary><c>domain</c> itself.</summary>
    Domain,

    /// <summary><c>devices</c>.</summary>
    Devices,

    /// <summary><c>features</c>.</summary>
    Features,

    /// <summary><c>cpu</c>.</summary>
    Cpu,

    /// <summary><c>clock</c>.</summary>
    Clock,

    /// <summary><c>cputune</c>.</summary>
    [JsonStringEnumMemberName("cputune")]
    CpuTune,

    /// <summary><c>memoryBacking</c>.</summary>
    MemoryBacking,
}
