using System.Text.Json.Serialization;

namespace PassthroughInfra.Component.Facts;

/// <summary>libvirt and what it has; read only where the spec has guests.</summary>
public sealed record GuestFacts
{
    /// <summary>Whether libvirt answers, and whom.</summary>
    public LibvirtFacts Libvirt { get; init; } = new();

    /// <summary>Every domain, transient ones too.</summary>
    public IReadOnlyList<DomainFacts> Domains { get; init; } = [];

    /// <summary>What there is of each guest of the spec, by its name.</summary>
    public IReadOnlyList<DefinitionFacts> Guests { get; init; } = [];

    /// <summary>Disks and ISOs that were asked about.</summary>
    public IReadOnlyList<MediumFacts> Media { get; init; } = [];

    /// <summary>libvirt's storage pools.</summary>
    public IReadOnlyList<PoolFacts> Pools { get; init; } = [];

    /// <summary>UEFI firmware images and their descriptors (QEMU <c>docs/interop/firmware.json</c>).</summary>
    public IReadOnlyList<string> Firmware { get; init; } = [];

    /// <summary>What there is of a guest; nothing where it was not found.</summary>
    public DefinitionFacts Of(string name) => Guests.FirstOrDefault(g => g.Name == name) ?? new() { Name = name };

    /// <summary>
    /// Whether what libvirt has is not known. Before it is installed it has nothing; where something of it was applied and virsh has gone since, nobody can tell.
    /// </summary>
    /// <param name="wasApplied">Whether this project applied what is asked for.</param>
    public bool IsUnknown(bool wasApplied) => Libvirt.IsSilent || (!Libvirt.Answers && wasApplied);

    /// <summary>The domain of a name.</summary>
    public DomainFacts? Domain(string name) => Domains.FirstOrDefault(d => d.Name == name);

    /// <summary>A disk or ISO that was asked about; absent where it was not found.</summary>
    public MediumFacts Medium(string path) => Media.FirstOrDefault(m => m.Path == path) ?? new() { Path = path };
}

/// <summary>What libvirt and this project have of a guest.</summary>
public sealed record DefinitionFacts
{
    /// <summary>The guest's name.</summary>
    public required string Name { get; init; }

    /// <summary>The definition of the domain with that name, as libvirt gives it back (<c>virsh dumpxml --inactive</c>); null where there is none.</summary>
    public string? Definition { get; init; }

    /// <summary>What that domain runs with now (<c>virsh dumpxml</c>); null where it does not run.</summary>
    public string? Running { get; init; }

    /// <summary>What libvirt gave back right after this project defined it last: what it adds by itself is told from what somebody changed.</summary>
    public string? AsDefined { get; init; }

    /// <summary>The version of libvirt that gave that back; empty where an older version of this project defined the guest.</summary>
    public string AsDefinedBy { get; init; } = "";

    /// <summary>The definition that the domain had when it was taken over; null where it is none that was.</summary>
    public string? Adopted { get; init; }

    /// <summary>Whether this project keeps something of a guest of that name on the host.</summary>
    public bool IsKnown { get; init; }

    /// <summary>When that domain last ended, in seconds since 1970, as libvirt's log of it says (<c>/var/log/libvirt/qemu/NAME.log</c>); 0 if the log does not.</summary>
    public long EndedAt { get; init; }

    /// <summary>Its UEFI variables; null where there are none yet.</summary>
    public string? Nvram { get; init; }

    /// <summary>Its TPM's state directory; null where there is none yet.</summary>
    public string? TpmState { get; init; }
}

/// <summary>Whether libvirt answers, and whom.</summary>
public sealed record LibvirtFacts
{
    /// <summary>Whether <c>qemu:///system</c> answers root.</summary>
    public bool Answers { get; init; }

    /// <summary>What it said instead.</summary>
    public string Failure { get; init; } = "";

    /// <summary>Its version: <c>9.0.0</c>; empty where there is no virsh.</summary>
    public string Version { get; init; } = "";

    /// <summary>The login of the SSH connection.</summary>
    public string Login { get; init; } = "";

    /// <summary>Whether that login may use it: root, or a member of the group <c>libvirt</c>.</summary>
    public bool LoginAllowed { get; init; }

    /// <summary>Whether it is installed and did not answer, or not to the end: which domains and pools it has is then not known, which is not that there are none.</summary>
    [JsonIgnore]
    public bool IsSilent => !Answers && Version.Length > 0;
}

/// <summary>One domain of libvirt.</summary>
public sealed record DomainFacts
{
    /// <summary>Its name.</summary>
    public required string Name { get; init; }

    /// <summary>Its UUID.</summary>
    public required string Uuid { get; init; }

    /// <summary>Its state, in virsh's words: <c>running</c>, <c>paused</c>, <c>shut off</c>…</summary>
    public string State { get; init; } = "";

    /// <summary>Whether it starts with the host.</summary>
    public bool Autostart { get; init; }

    /// <summary>Whether it has a definition that outlives it.</summary>
    public bool Persistent { get; init; } = true;

    /// <summary>The host's PCI functions that its definition holds.</summary>
    public IReadOnlyList<PciAddress> Devices { get; init; } = [];

    /// <summary>Whether it has a process.</summary>
    [JsonIgnore]
    public bool IsActive => State is not ("shut off" or "crashed" or "");
}

/// <summary>One storage pool of libvirt.</summary>
public sealed record PoolFacts
{
    /// <summary>Its name.</summary>
    public required string Name { get; init; }

    /// <summary>Its type, in libvirt's words: <c>dir</c>, <c>netfs</c>, <c>logical</c>…</summary>
    public string Type { get; init; } = "";

    /// <summary>Where its volumes are: a directory, as the pool has it.</summary>
    public string Target { get; init; } = "";

    /// <summary>Whether it is on: only then libvirt knows its volumes.</summary>
    public bool Active { get; init; }

    /// <summary>Whether it starts with libvirt.</summary>
    public bool Autostart { get; init; }
}

/// <summary>A disk or an ISO of a guest, as it was found.</summary>
public sealed record MediumFacts
{
    /// <summary>Its path.</summary>
    public required string Path { get; init; }

    /// <summary>What stands there.</summary>
    public MediumKind Kind { get; init; }

    /// <summary>Its size on the host, in bytes.</summary>
    public long Bytes { get; init; }

    /// <summary>The size a guest sees, in bytes; 0 where qemu-img could not tell.</summary>
    public long VirtualBytes { get; init; }

    /// <summary>qemu-img's name of its format: <c>qcow2</c>, <c>raw</c>.</summary>
    public string Format { get; init; } = "";

    /// <summary>Whether the hypervisor's user can pass the directories on the way to it; null where that could not be told.</summary>
    public bool? Reachable { get; init; }

    /// <summary>Free space of the file system it is or would be on, in KiB.</summary>
    public long FreeKiB { get; init; }

    /// <summary>Where that file system is mounted.</summary>
    public string Mount { get; init; } = "";

    /// <summary>The active storage pool of libvirt that knows exactly this path as a volume; empty where none does.</summary>
    public string Pool { get; init; } = "";

    /// <summary>Its SHA-256 as an apply of this project last computed it for exactly this file; empty where none did.</summary>
    public string Sha256 { get; init; } = "";
}

/// <summary>What stands at a medium's path.</summary>
public enum MediumKind
{
    /// <summary>Nothing.</summary>
    Absent,

    /// <summary>A file.</summary>
    File,

    /// <summary>A block device.</summary>
    Block,

    /// <summary>A directory or something else.</summary>
    Other,
}
