using System.Security.Cryptography;
using System.Text;
using PassthroughInfra.Component.Facts;
using PassthroughInfra.Component.Planning;
using PassthroughInfra.Component.Spec;

namespace PassthroughInfra.Component.Concerns.Guest;

/// <summary>
/// The guest's definition in libvirt (walk-through, rows 12 to 14): one whole document, changed in place under one UUID, with NVRAM and TPM state
/// backed up before each change. A running guest is stopped only where the spec says so.
/// </summary>
public sealed class GuestConcern : IConcern
{
    /// <inheritdoc/>
    public string Name => "guest";

    /// <inheritdoc/>
    public bool IsWanted(MachineSpec spec) => spec.Guest is not null;

    /// <summary>Long enough for a guest that takes its time to shut down, and to start with much memory.</summary>
    public TimeSpan Timeout(MachineSpec spec) => TimeSpan.FromSeconds(spec.Guest!.ShutdownTimeoutSeconds + 900);

    /// <inheritdoc/>
    public ConcernPlan Plan(MachineSpec spec, HostFacts? facts)
    {
        var guest = spec.Guest!;
        var definition = DomainXml.Text(spec, facts);
        var digest = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(definition)))[..16];
        var domain = facts?.Guest?.Domain(guest.Name.ToString());
        var state = new GuestState(guest, definition, digest, facts);
        return new()
        {
            Concern = Name,
            Script = "guest.sh",
            Settings =
            [
                // What differs is said by the comparison; the receipt keeps what was applied.
                new(state.DefinitionSetting, null, digest),
                new($"autostart of {guest.Name}", facts is null ? "not read" : YesNo(domain?.Autostart == true), YesNo(guest.Autostart)),
            ],
            Observed = state.Differences(),
            Findings = facts is null ? [] : [.. GuestChecks.Check(spec, facts), .. state.Findings()],
            Variables = new SortedDictionary<string, string>(StringComparer.Ordinal)
            {
                ["AUTOSTART"] = YesNo(guest.Autostart),
                ["DEFINITION"] = definition,
                ["DEVICES"] = string.Join(' ', Devices(spec)),
                ["GUEST"] = guest.Name.ToString(),
                ["PROTECT"] = YesNo(guest.Protect),
                ["RESTART"] = guest.Restart switch { GuestRestart.Graceful => "graceful", GuestRestart.Force => "force", _ => "never" },
                ["RESTART_SECONDS"] = $"{guest.ShutdownTimeoutSeconds}",
                ["START"] = guest.Start switch { GuestStart.Running => "running", GuestStart.Paused => "paused", _ => "leave" },
                ["UUID"] = guest.Uuid.ToString()!,
            },
        };
    }

    /// <summary>The host's PCI functions the guest is given.</summary>
    internal static IEnumerable<PciAddress> Devices(MachineSpec spec) =>
        spec.Devices.Where(d => spec.Guest!.Devices is not { } names || names.Contains(d.Name)).Select(d => d.Address);

    private static string YesNo(bool value) => value ? "yes" : "no";
}
