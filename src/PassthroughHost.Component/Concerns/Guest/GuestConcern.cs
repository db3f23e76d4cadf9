using System.Security.Cryptography;
using System.Text;
using PassthroughInfra.Component.Concerns.Restart;
using PassthroughInfra.Component.Facts;
using PassthroughInfra.Component.Planning;
using PassthroughInfra.Component.Spec;

namespace PassthroughInfra.Component.Concerns.Guest;

/// <summary>
/// A guest's definition in libvirt (walk-through, rows 12 to 14): one whole document, changed in place under one UUID, with NVRAM and TPM state
/// backed up before each change. A running guest is stopped only where the spec says so.
/// </summary>
/// <param name="guest">The guest's name.</param>
public sealed class GuestConcern(string guest) : IGuestConcern
{
    private const string AfterReboot = "after the host's reboot";

    private const string WithHost = "running, as it is to start with the host";

    /// <inheritdoc/>
    public string Name => NameOf(guest);

    /// <inheritdoc/>
    public ConcernScript Script { get; } = new("guest.sh") { Parts = ["kept-guest.sh"] };

    /// <inheritdoc/>
    public string Guest => guest;

    /// <inheritdoc/>
    public string FormerName => "guest";

    /// <inheritdoc/>
    public bool IsWanted(MachineSpec spec) => true;

    /// <inheritdoc/>
    public IReadOnlyList<string> Paths(MachineSpec spec) => GuestChecks.Paths(DeclaredGuest.Find(spec, guest).Spec);

    /// <summary>Long enough for a guest that takes its time to shut down, and to start with much memory.</summary>
    public TimeSpan Timeout(MachineSpec spec) => TimeSpan.FromSeconds(DeclaredGuest.Find(spec, guest).Spec.ShutdownTimeoutSeconds + 900 + 3600);

    /// <summary>The name of a guest's concern.</summary>
    internal static string NameOf(string guest) => $"guest-{guest}";

    /// <inheritdoc/>
    public ConcernPlan Plan(MachineSpec spec, HostFacts? facts)
    {
        var declared = DeclaredGuest.Find(spec, Guest);
        var guest = declared.Spec;
        var definition = DomainXml.Text(declared, facts);
        var digest = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(definition)))[..16];
        var waits = PlannedReboot.Of(spec, facts).IsPutOff;
        var state = new GuestState(declared, definition, digest, facts, waits);
        return new()
        {
            Concern = Name,
            Script = Script,
            Settings =
            [
                // What differs is said by the comparison; the receipt keeps what was applied.
                new(state.DefinitionSetting, null, digest),
                Autostart(declared, facts, state, waits),
                .. Start(guest, facts, state, waits),
                // That it was taken over is known from the receipt when the guest is out of the list.
                .. guest.Adopt ? [new Setting(RemovedGuests.Adoption + guest.Name, null, "its former definition is kept")] : Array.Empty<Setting>(),
            ],
            Observed = state.Differences(),
            Choices = facts is null ? [] : [Pins(declared, facts)],
            Findings = facts is null ? [] : [.. GuestChecks.Check(declared, facts), .. state.Findings()],
            Variables = new SortedDictionary<string, string>(Adoption(guest), StringComparer.Ordinal)
            {
                ["AUTOSTART"] = YesNo(guest.Autostart && !(waits && IsUnbound(declared, facts))),
                ["DEFINITION"] = definition,
                ["DEVICES"] = string.Join(' ', Devices(declared)),
                ["GUEST"] = guest.Name.ToString(),
                // The provider makes an empty machine of the guest: where it is to do so from now on, this command must run after it.
                ["MANAGER"] = guest.IsOfProvider ? "provider" : "command",
                ["PROTECT"] = YesNo(guest.Protect),
                ["RESTART"] = guest.Restart switch { GuestRestart.Graceful => "graceful", GuestRestart.Force => "force", _ => "never" },
                ["RESTART_SECONDS"] = $"{guest.ShutdownTimeoutSeconds}",
                ["START"] = guest.Start switch { GuestStart.Running => "running", GuestStart.Paused => "paused", _ => "leave" },
                ["UUID"] = guest.Uuid.ToString()!,
                ["WAITS"] = YesNo(waits),
            },
        };
    }

    // Not in the text of any other guest: another text is another update.
    private static Dictionary<string, string> Adoption(GuestSpec guest) => guest.Adopt ? new() { ["ADOPT"] = "yes" } : [];

    private static IEnumerable<PciAddress> Devices(DeclaredGuest guest) => guest.Devices.Select(d => d.Device.Address);

    private static Choice Pins(DeclaredGuest declared, HostFacts facts)
    {
        var (spec, guest) = declared;
        var pinning = GuestPinning.Plan(declared, facts);
        return Choice.Of(
            "placement",
            new
            {
                guest.Cpus,
                guest.MemoryBacking,
                spec.Isolation,
                spec.Devices,
                Given = guest.Devices,
                // Left out of the digest where there are none, as in the receipts of a host with one guest.
                Earlier = declared.Earlier.Count == 0 ? null : declared.Earlier.Select(g => new { g.Spec.Cpus, g.Spec.Devices }),
            },
            [
                .. pinning.Vcpus.Select((c, i) => $"vCPU {i} on {c}"),
                .. pinning.Emulator is { } emulator ? [$"emulator on {emulator}"] : Array.Empty<string>(),
                .. pinning.IoThreads.Select((c, i) => $"I/O thread {i} on {c}"),
                .. pinning.Nodes.Cpus.Count > 0 ? [$"memory on {pinning.Nodes}"] : Array.Empty<string>(),
            ],
            "is right on this host now",
            "is not right on this host any more");
    }

    // Withheld while a device is not bound: libvirt would take it from the host as the host starts, or fail to.
    private static Setting Autostart(DeclaredGuest declared, HostFacts? facts, GuestState state, bool waits)
    {
        var guest = declared.Spec;
        var name = $"autostart of {guest.Name}";
        var live = facts is null ? "not read" : state.IsUnread ? null : YesNo(facts.Guest?.Domain(declared.Name)?.Autostart == true);
        if (guest.Autostart && waits && IsUnbound(declared, facts))
        {
            return new(name, live == "no" ? AfterReboot : live, AfterReboot);
        }

        return new(name, live, YesNo(guest.Autostart)) { By = state.IsEmpty || facts?.Receipt(NameOf(declared.Name))?.Settings.GetValueOrDefault(name) == AfterReboot ? Cause.New : null };
    }

    // Whether a guest runs is nobody's drift. What is told is that a start was put off and is due, and that a guest is off because the host was rebooted:
    // one that has run since was shut down by somebody. A start with the host that was refused because a device was not as applied is due.
    private static IEnumerable<Setting> Start(GuestSpec guest, HostFacts? facts, GuestState state, bool waits)
    {
        var name = $"start of {guest.Name}";
        var receipt = facts?.Receipt(NameOf(guest.Name.ToString()));
        var before = receipt?.Settings.GetValueOrDefault(name);
        if (guest.Start == GuestStart.Leave && guest.Autostart)
        {
            var refused = !waits && !state.IsActive && facts?.BootCheck?.Refused.Contains($"{guest.Name}") == true;
            return refused || before == WithHost ? [new(name, refused ? "held back since the host's boot" : WithHost, WithHost) { By = Cause.Host }] : [];
        }

        var off = receipt is not null && !waits && before != AfterReboot && state is { IsActive: false, IsDefined: true } && IsOfAnEarlierBoot(receipt, facts!.Boot)
            && facts.Guest?.Of(guest.Name.ToString()).EndedAt < facts.Boot.StartedAt;
        if (guest.Start == GuestStart.Leave || !(waits || before is not null || off))
        {
            return [];
        }

        var word = TextValue.Word(guest.Start);
        if (off)
        {
            return [new(name, "off since the host's reboot", word) { By = Cause.Host }];
        }

        var wanted = waits && !state.IsActive ? AfterReboot : word;
        return [new(name, wanted != AfterReboot && before == AfterReboot ? before : wanted, wanted) { By = Cause.New }];
    }

    private static bool IsOfAnEarlierBoot(Receipt receipt, BootFacts boot) => receipt.BootId.Length > 0 ? receipt.BootId != boot.BootId : receipt.Time > 0 && receipt.Time < boot.StartedAt;

    private static bool IsUnbound(DeclaredGuest guest, HostFacts? facts) => Devices(guest).Any(d => facts?.Device(d)?.Driver != "vfio-pci");

    private static string YesNo(bool value) => value ? "yes" : "no";
}
