using System.Globalization;
using System.Text;
using PassthroughInfra.Component.Concerns.Boot;
using PassthroughInfra.Component.Concerns.Memory;
using PassthroughInfra.Component.Concerns.Restart;
using PassthroughInfra.Component.Facts;
using PassthroughInfra.Component.Planning;
using PassthroughInfra.Component.Spec;

namespace PassthroughInfra.Component.Concerns.BootCheck;

/// <summary>
/// Compares every boot with what was applied, before libvirt starts anything: a guest whose devices are not as wanted is held back by a hook of libvirt, the
/// others start. A kernel that was installed at night and lacks a binding starts no guest that would take a device from the host. It is applied before Boot and
/// Restart, so that what is wanted is on the host before the boot it is wanted of; only devices that are in a guest's definition by then count. Source:
/// libvirt, "Hooks for specific system management" (<c>qemu.d</c> since 6.5.0; every supported release is later).
/// </summary>
public sealed class BootCheckConcern : IConcern
{
    private const string List = "/etc/passthrough-host/boot-check";
    private const string Hook = "/etc/libvirt/hooks/qemu.d/40-passthrough-host-boot-check";
    private const string Check = "/etc/systemd/system/passthrough-host-boot-check.service";
    private const string Tell = "/etc/systemd/system/passthrough-host-held.service";

    /// <inheritdoc/>
    public string Name => "boot-check";

    /// <inheritdoc/>
    public ConcernScript Script { get; } = new("boot-check.sh") { Parts = ["libvirt-hooks.sh"], Texts = [("HOOK_SCRIPT", "boot-check-hook.sh")] };

    /// <inheritdoc/>
    public bool IsWanted(MachineSpec spec) => spec.Boot.HoldGuests && Guests(spec).Any();

    /// <inheritdoc/>
    public IReadOnlyList<string> Paths(MachineSpec spec) => [List, Hook, Check, Tell];

    /// <inheritdoc/>
    public ConcernPlan Plan(MachineSpec spec, HostFacts? facts) => new()
    {
        Concern = Name,
        Script = Script,
        // Taken back in this order too: a hook without a list refuses guests.
        Files =
        [
            new(Hook, EmbeddedScript.Text("boot-check-hook.sh"), "755") { IsScript = true },
            new(List, Listed(spec, facts)),
            new(Check, Checker),
            new(Tell, Teller),
        ],
        Observed = [.. Over(spec, facts)],
        Choices = facts is null ? [] : [.. KernelArguments.Choices(spec, facts), .. UpgradedHost.Choice(facts)],
        Findings = [.. Findings(spec, facts)],
    };

    private static IEnumerable<DeclaredGuest> Guests(MachineSpec spec) => DeclaredGuest.Of(spec).Where(g => g.Devices.Count > 0);

    private static string Listed(MachineSpec spec, HostFacts? facts)
    {
        var text = new StringBuilder("# What every boot of this host is compared with (passthrough-host). Change it in the machine's stack, not here.\n");
        foreach (var argument in KernelArguments.Wanted(spec, facts))
        {
            text.Append($"argument {argument}\n");
        }

        foreach (var (_, path, count) in spec.HugePages is { } pages ? MemoryConcern.Counts(pages) : [])
        {
            text.Append($"pages {path[BelowSys..]} {count}\n");
        }

        foreach (var bridge in (spec.Network?.AllBridges() ?? []).Select(b => $"{b.Bridge.Bridge}").Distinct())
        {
            text.Append($"bridge {bridge}\n");
        }

        foreach (var guest in Guests(spec))
        {
            text.Append($"guest {guest.Name}\n");
            foreach (var (device, _) in guest.Devices)
            {
                text.Append($"device {device.Address} {device.Id}\n");
            }
        }

        return text.ToString();
    }

    private static int BelowSys => "/sys/".Length;

    // A hold that this update brings to its end: what held the guest back is mended, or is mended by the time the check runs again.
    private static IEnumerable<Difference> Over(MachineSpec spec, HostFacts? facts) =>
        facts is null || PlannedReboot.Of(spec, facts).IsPutOff ? []
            : Held(spec, facts).Where(h => h.Guest.Devices.All(d => IsAsWanted(d.Device, facts)))
                .Select(h => new Difference("boot-check", Cause.Host, $"{h.Guest.Name} held back", $"{h.Guest.Name} is held back since {Time(h.Held.Since)}, and its devices are as wanted again"));

    // As the hook sees it (wrong_with).
    private static bool IsAsWanted(DeviceSpec device, HostFacts facts) =>
        facts.Device(device.Address) is { Driver: "vfio-pci", Group: not null } there && there.Id == device.Id
        && facts.Pci.Where(p => p.Group == there.Group && !p.IsBridge).All(p => p.Driver is "" or "vfio-pci" or "pci-stub");

    private static IEnumerable<Finding> Findings(MachineSpec spec, HostFacts? facts)
    {
        foreach (var (guest, held) in facts is null ? [] : Held(spec, facts))
        {
            yield return new(
                Severity.Warning,
                guest.Subject,
                $"{guest.Name} is held back since {Time(held.Since)}, because this boot was not as applied: {string.Join("; ", held.Reasons.Concat(facts!.BootCheck!.Notes))}",
                $"an update mends what it can (see what else differs), and {Then(guest.Spec)}; as it is, until the next boot: {Hook} release {guest.Name}, then virsh start {guest.Name}");
        }

        foreach (var guest in Guests(spec).Where(g => facts?.BootCheck?.Released.Contains(g.Name) == true))
        {
            yield return new(Severity.Warning, guest.Subject, $"{guest.Name} was released by hand: until the next boot it starts whatever its devices are with");
        }
    }

    private static IEnumerable<(DeclaredGuest Guest, HeldGuest Held)> Held(MachineSpec spec, HostFacts facts) =>
        (facts.BootCheck?.Held ?? []).SelectMany(h => Guests(spec).Where(g => g.Name == h.Name).Select(g => (g, h)));

    private static string Then(GuestSpec guest) =>
        guest.Autostart || guest.Start != GuestStart.Leave ? $"starts {guest.Name}" : $"{guest.Name} can be started again (it neither starts with the host nor by an update)";

    // In UTC, as in virsh desc: the one who reads it is on another machine.
    private static string Time(long seconds) => DateTimeOffset.FromUnixTimeSeconds(seconds).ToString("yyyy-MM-dd HH:mm 'UTC'", CultureInfo.InvariantCulture);

    // Nothing waits for it but its own work: where it fails, the hook looks for itself.
    private const string Checker =
        $"""
        # Made by passthrough-host.
        [Unit]
        Description=Compares this boot with what guests need (passthrough-host)
        After=systemd-modules-load.service systemd-sysctl.service systemd-tmpfiles-setup.service systemd-udev-trigger.service network.target
        After=passthrough-host-sriov.service
        Before=libvirtd.service virtqemud.service

        [Service]
        Type=oneshot
        RemainAfterExit=yes
        ExecStart={Hook} check
        TimeoutStartSec=10

        [Install]
        WantedBy=multi-user.target

        """;

    private const string Teller =
        $"""
        # Made by passthrough-host.
        [Unit]
        Description=Says in their descriptions which guests are held back (passthrough-host)
        After=libvirtd.service virtqemud.service

        [Service]
        Type=oneshot
        ExecStart={Hook} tell
        TimeoutStartSec=60

        """;
}
