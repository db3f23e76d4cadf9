using System.Text.RegularExpressions;
using PassthroughInfra.Component.Facts;
using PassthroughInfra.Component.Spec;

namespace PassthroughInfra.Component.Advice;

/// <summary>Mistakes in libvirt's hooks. Source: libvirt, "Hooks for specific system management" (libvirt.org/hooks.html): calling libvirt within a hook
/// deadlocks.</summary>
internal static partial class HandMadeHooks
{
    private const string Dispatched = "/etc/libvirt/hooks/qemu.d/";
    private static readonly string[] Daemons = ["/run/libvirtd.pid", "/run/virtqemud.pid"];

    /// <summary>All of them.</summary>
    public static IEnumerable<Check> Of(HandMadeSetup setup)
    {
        var guests = setup.Guests.Select(g => g.Key).ToHashSet(StringComparer.Ordinal);
        foreach (var hook in setup.Files.Where(f => HandMadeSetup.IsHook(f.Path)))
        {
            if (!hook.IsExecutable)
            {
                yield return Caution(
                    "hook-not-executable",
                    $"{hook.Path} is not executable, so that libvirt does not run it",
                    $"sudo chmod +x {hook.Path}, if it is still wanted");
            }

            if (hook.Words.Contains("virsh"))
            {
                yield return Caution(
                    "hook-calls-libvirt",
                    $"{hook.Path} calls virsh: libvirt waits for the hook and the hook for libvirt, and the guest's start may hang",
                    "let it write to sysfs instead; a device in a stack is detached by nobody at start, as it is vfio-pci's from the boot on");
            }
        }

        foreach (var name in setup.Files.Where(f => HandMadeSetup.IsIn(f.Path, Dispatched)).Select(f => f.Path[Dispatched.Length..].Split('/'))
            .Where(p => p.Length > 1).Select(p => p[0]).Distinct())
        {
            if (guests.Count > 0 && !guests.Contains(name))
            {
                yield return Caution(
                    "hook-of-no-guest",
                    $"{Dispatched}{name} is named after no guest that is defined here ({string.Join(", ", guests)}): its hooks never run",
                    "name the directory as the guest is named");
            }
        }

        foreach (var line in setup.Lines.Where(l => HandMadeSetup.IsIn(l.Path, "/etc/libvirt/hooks/")))
        {
            if (NodeDevice().Match(line.Text) is { Success: true } match
                && PciAddress.TryRead(HandMadeSetup.AddressOf(match), out var address)
                && setup.Facts.Pci.Count > 0 && setup.Facts.Device(address) is null)
            {
                yield return Caution(
                    "hook-address-gone",
                    $"{line.Path}: \"{line.Text}\" names {address.Brief}, and nothing is at that address any more",
                    "a card that was moved or added changes addresses: name the device's present one");
            }
        }

        if (setup.Files.Where(f => Daemons.Contains(f.Path)).MaxBy(f => f.PlacedAt) is { } daemon && setup.Files
            .FirstOrDefault(f => f.Path == "/etc/libvirt/hooks/qemu") is { } main && main.PlacedAt > daemon.PlacedAt)
        {
            yield return Caution(
                "hook-not-loaded",
                $"{main.Path} was put there after libvirt's daemon started, which looks for hooks only then",
                $"sudo systemctl restart {Path.GetFileNameWithoutExtension(daemon.Path)}; running guests go on");
        }
    }

    private static Check Caution(string id, string found, string remedy) => new(CheckArea.ByHand, id, Verdict.Caution, found, remedy);

    [GeneratedRegex(@"=\W*pci_(?<domain>[0-9a-f]{4})_(?<bus>[0-9a-f]{2})_(?<slot>[0-9a-f]{2})_(?<function>[0-7])")]
    private static partial Regex NodeDevice();
}
