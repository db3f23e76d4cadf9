using PassthroughInfra.Component.Facts;
using PassthroughInfra.Component.Spec;

namespace PassthroughInfra.Component.Preconditions;

/// <summary>
/// libvirt answers. After the host's start or an upgrade it may take a while, and a daemon may be stopped or broken: which guests and pools there are is not
/// known then. A preview says so; an update waits for libvirt (await-libvirt.sh) and writes nothing without.
/// </summary>
internal static class LibvirtAnswer
{
    /// <summary>The precondition's name.</summary>
    public const string Id = "libvirt-answers";

    private const string Look = "see systemctl status libvirtd, journalctl -u libvirtd";

    /// <summary>What of libvirt is installed in the end; until it is, an update brings it.</summary>
    private static readonly string[] Needed = ["libvirt-daemon-system", "libvirt-clients"];

    /// <summary>What is told; nothing if it answers, or if the spec has no guests.</summary>
    public static IEnumerable<Precondition> Of(HostFacts facts, MachineSpec? spec)
    {
        if (spec?.Guests.Count > 0 && facts.Guest?.Libvirt is { IsSilent: true })
        {
            yield return new(
                Id,
                PreconditionVerdict.Unknown,
                $"{Words(facts)}; which guests and storage pools it has is not known",
                IsDue(facts, spec) ? $"an update waits for it, and writes nothing before it answers; {Look}" : "an update installs what is missing of it");
        }
    }

    /// <summary>Whether an update has to wait for it: it is whole, and does not answer.</summary>
    public static bool IsDue(HostFacts? facts, MachineSpec spec) =>
        spec.Guests.Count > 0 && facts?.Guest?.Libvirt is { IsSilent: true }
        && !(spec.Packages.Manage && facts.Packages.Any(p => Needed.Contains(p.Name) && !p.Installed));

    /// <summary>Why an update stops.</summary>
    /// <param name="facts">What was read.</param>
    /// <param name="waited">What came of waiting for it.</param>
    public static string Refusal(HostFacts facts, string waited) =>
        $"{Words(facts)}{(waited.Length > 0 ? $"; {waited}" : "")}: which guests and storage pools it has is not known.\nNothing was written. {char.ToUpperInvariant(Look[0])}{Look[1..]}, then update again.";

    /// <summary>What virsh said.</summary>
    public static string Words(HostFacts facts) =>
        $"libvirt on {facts.System.HostName} does not answer{(facts.Guest!.Libvirt.Failure is { Length: > 0 } said ? $" ({string.Join(' ', said.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries))})" : "")}";
}
