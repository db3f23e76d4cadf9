using System.Xml.Linq;
using PassthroughInfra.Component.Facts;
using PassthroughInfra.Component.Spec;

namespace PassthroughInfra.Component.Concerns.Guest;

/// <summary>UEFI firmware on the host: the code, and the variables a new guest starts with.</summary>
/// <param name="Code">The code's file.</param>
/// <param name="Variables">The template of the variables; with Secure Boot the one with Microsoft's keys.</param>
internal sealed record GuestFirmwareFiles(string Code, string Variables)
{
    // Debian package ovmf, which Ubuntu shares; the 4 MiB images first, the older 2 MiB ones where only those are there.
    private static readonly GuestFirmwareFiles[] Plain =
    [
        new("/usr/share/OVMF/OVMF_CODE_4M.fd", "/usr/share/OVMF/OVMF_VARS_4M.fd"),
        new("/usr/share/OVMF/OVMF_CODE.fd", "/usr/share/OVMF/OVMF_VARS.fd"),
    ];

    private static readonly GuestFirmwareFiles[] Secure =
    [
        new("/usr/share/OVMF/OVMF_CODE_4M.ms.fd", "/usr/share/OVMF/OVMF_VARS_4M.ms.fd"),
        new("/usr/share/OVMF/OVMF_CODE_4M.secboot.fd", "/usr/share/OVMF/OVMF_VARS_4M.ms.fd"),
        new("/usr/share/OVMF/OVMF_CODE.ms.fd", "/usr/share/OVMF/OVMF_VARS.ms.fd"),
    ];

    /// <summary>Everything a guest's firmware may be, the preferred first.</summary>
    public static IReadOnlyList<GuestFirmwareFiles> Candidates(GuestSpec guest) => guest.HasSecureBoot ? Secure : Plain;

    /// <summary>The firmware of a guest: the one it already has, else the first that the host has, else the one its package brings.</summary>
    public static GuestFirmwareFiles Choose(GuestSpec guest, HostFacts? facts)
    {
        var candidates = Candidates(guest);
        var has = LiveDefinition.Of(guest, facts)?.Element("os")?.Element("loader")?.Value.Trim();
        return candidates.FirstOrDefault(c => c.Code == has)
            ?? candidates.FirstOrDefault(c => IsThere(c, facts))
            ?? candidates[0];
    }

    /// <summary>Whether the host has both files.</summary>
    public static bool IsThere(GuestFirmwareFiles files, HostFacts? facts) =>
        facts?.Guest is { } guest && guest.Firmware.Contains(files.Code) && guest.Firmware.Contains(files.Variables);
}
