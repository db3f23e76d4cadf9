using System.Text.RegularExpressions;
using PassthroughInfra.Component.Facts;
using PassthroughInfra.Component.Planning;
using PassthroughInfra.Component.Spec;

namespace PassthroughInfra.Component.Concerns.Guest;

/// <summary>What must hold between a guest and its machine before anything is written.</summary>
internal static partial class GuestChecks
{
    internal const string HypervisorSettings = "/etc/libvirt/qemu.conf";

    /// <summary>Everything that was found.</summary>
    /// <param name="guest">The guest, its identity written out.</param>
    /// <param name="facts">What was read.</param>
    public static IEnumerable<Finding> Check(DeclaredGuest guest, HostFacts facts)
    {
        var pinning = GuestPinning.Plan(guest, facts);
        return
        [
            .. GuestCpuChecks.Check(guest, facts, pinning),
            .. GuestMemoryChecks.Check(guest, facts, pinning),
            .. Bridges(guest, facts),
            .. Firmware(guest, facts),
            .. Devices(guest, facts),
            .. Screen(guest, facts),
            .. Sound(guest.Spec, guest.Subject, facts),
            .. GuestRoms.Check(guest, facts),
            .. Extra(guest.Spec, guest.Subject),
        ];
    }

    /// <summary>libvirt's settings for QEMU, where they matter: which user it runs as, and what confines it.</summary>
    internal static IReadOnlyList<string> Paths(GuestSpec guest) => [.. IsOfASession(guest) ? [HypervisorSettings] : Array.Empty<string>(), .. GuestRoms.Paths(guest)];

    // logind makes /run/user/UID with mode 700 (user-runtime-dir@.service(5)); QEMU runs as a user of its own, without the right to pass that.
    private static IEnumerable<Finding> Sound(GuestSpec guest, string subject, HostFacts facts)
    {
        var settings = facts.File(HypervisorSettings);
        if (IsOfASession(guest) && !(settings.Kind == FileKind.Regular && OtherUser().IsMatch(settings.Content)))
        {
            var session = string.Join('/', $"{guest.Sound!.Server}".Split('/').Take(4));
            yield return new(
                Severity.Error,
                $"{subject}.sound.server",
                $"{guest.Sound.Server} is in {session}, which only the user of that session can enter, and QEMU runs as a user of its own (libvirt-qemu)",
                $"let the sound server listen at another place too (pipewire-pulse: server.address = [ \"unix:native\" \"unix:/run/pulse-guests/native\" ] in pipewire-pulse.conf.d) and name that; or let QEMU run as that user (user = in {HypervisorSettings}); or take backend: alsa");
        }
    }

    private static bool IsOfASession(GuestSpec guest) => guest.Sound is { Backend: SoundBackend.Pulseaudio, Server: { } server } && $"{server}".StartsWith("/run/user/", StringComparison.Ordinal);

    [GeneratedRegex("^\\s*user\\s*=\\s*\"?(?!libvirt-qemu\\b|root\\b|\\+0\\b)[^\"\\s]+", RegexOptions.Multiline)]
    private static partial Regex OtherUser();

    private static IEnumerable<Finding> Bridges(DeclaredGuest declared, HostFacts facts)
    {
        var (spec, guest) = declared;
        var planned = spec.Network?.AllBridges().Select(b => b.Bridge.Bridge?.ToString()).ToList() ?? [];
        var cards = guest.Interfaces ?? [];
        for (var i = 0; i < cards.Count; i++)
        {
            var bridge = cards[i].Bridge.ToString()!;
            var found = facts.Network.Links.FirstOrDefault(l => l.Name == bridge);
            if (!planned.Contains(bridge) && found?.Kind != "bridge")
            {
                var there = planned.OfType<string>().Concat(facts.Network.Links.Where(l => l.Kind == "bridge").Select(l => l.Name)).Distinct().ToList();
                yield return new(
                    Severity.Error,
                    $"{declared.Subject}.interfaces[{i}].bridge",
                    found is null ? $"there is no bridge {bridge}, neither on the host nor in machine.network" : $"{bridge} is no bridge",
                    there.Count > 0 ? $"name one of {string.Join(", ", there)}, or declare it under machine.network" : "declare it under machine.network");
            }
        }
    }

    private static IEnumerable<Finding> Firmware(DeclaredGuest declared, HostFacts facts)
    {
        var (spec, guest) = declared;
        var candidates = GuestFirmwareFiles.Candidates(guest);
        if (AdoptedDefinition.Of(guest, facts) is null && facts.Guest is { } read && !candidates.Any(c => GuestFirmwareFiles.IsThere(c, facts)) && (read.Firmware.Count > 0 || !spec.Packages.Manage))
        {
            yield return new(
                Severity.Error,
                $"{declared.Subject}.firmware",
                $"{facts.System.PrettyName} has no {(guest.HasSecureBoot ? "UEFI firmware with Secure Boot" : "UEFI firmware")} for guests ({candidates[0].Code} with {candidates[0].Variables})",
                "install the distribution's package ovmf");
        }

        if (guest is { Os: GuestOs.Windows11, HasSecureBoot: false })
        {
            yield return new(Severity.Warning, $"{declared.Subject}.firmware", "Windows 11 asks for firmware that can do Secure Boot: its setup stops without", "write firmware: uefi-secure");
        }
    }

    private static IEnumerable<Finding> Devices(DeclaredGuest declared, HostFacts facts)
    {
        var guest = declared.Spec;
        foreach (var (device, index) in declared.Devices)
        {
            foreach (var domain in (facts.Guest?.Domains ?? []).Where(d => d.Uuid != guest.Uuid.ToString() && d.Name != guest.Name.ToString() && d.Devices.Contains(device.Address)))
            {
                // One that is another guest of the stack loses the device by this very update, where it is off.
                var ours = facts.Receipt(GuestConcern.NameOf(domain.Name)) is not null || FormerReceipts.Named(facts.Receipt("guest")) == domain.Name;
                if (!domain.IsActive && ours)
                {
                    continue;
                }

                var clash = domain.IsActive || domain.Autostart;
                yield return new(
                    clash ? Severity.Error : Severity.Warning,
                    $"{SpecReader.Root}.devices[{index}] ({device.Name})",
                    $"{device.Address.Brief} is also in the definition of the domain {domain.Name}, which {(domain.IsActive ? "runs" : domain.Autostart ? "starts with the host" : "is off")}",
                    ours ? $"shut {domain.Name} down, then update again: it loses the device by that"
                        : clash ? $"take it out there (virsh edit {domain.Name}), or shut that domain down and disable its autostart"
                        : "only one of the two can run at a time");
            }

            // vfio gives a group to one process (Linux Documentation/driver-api/vfio.rst).
            foreach (var other in declared.Earlier)
            {
                if (facts.Device(device.Address)?.Group is { } group && other.Devices.Select(d => d.Device).FirstOrDefault(d => d.Address != device.Address && facts.Device(d.Address)?.Group == group) is { } shared)
                {
                    yield return new(
                        Severity.Error,
                        $"{SpecReader.Root}.devices[{index}] ({device.Name})",
                        $"{device.Address.Brief} of {declared.Name} and {shared.Address.Brief} of {other.Name} are in one IOMMU group ({group}): a group goes to one guest as a whole",
                        "give both to one of the two guests");
                }
            }
        }
    }

    private static IEnumerable<Finding> Screen(DeclaredGuest declared, HostFacts facts)
    {
        var guest = declared.Spec;
        if (guest.Phase == GuestPhase.Passthrough && guest.IsWindows && !declared.Devices.Any(d => facts.Device(d.Device.Address)?.IsDisplay == true))
        {
            yield return new(
                Severity.Warning,
                $"{declared.Subject}.phase",
                "in the phase passthrough it has no screen: no graphics card is among its devices",
                "add the card to machine.devices, or make sure that Remote Desktop is on before you leave the phase install");
        }

        if (guest.Phase == GuestPhase.Install && guest.Media.Install is null)
        {
            yield return new(Severity.Info, $"{declared.Subject}.media.install", "there is no installation medium: it boots from its disk or the network");
        }
    }

    private static IEnumerable<Finding> Extra(GuestSpec guest, string subject)
    {
        for (var i = 0; i < guest.ExtraXml.Count; i++)
        {
            if (ExtraXml.Parse(guest.ExtraXml[i].Xml).Any(e => e.Name.Namespace == ExtraXml.Qemu))
            {
                yield return new(Severity.Warning, $"{subject}.extraXml[{i}]", "it hands options to QEMU past libvirt", "they can stop working with any update of either, and libvirt calls the guest tainted");
            }
        }
    }
}
