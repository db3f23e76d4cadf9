using System.Globalization;
using System.Text.RegularExpressions;
using PassthroughInfra.Component.Devices;
using PassthroughInfra.Component.Facts;
using PassthroughInfra.Component.Planning;
using PassthroughInfra.Component.Spec;

namespace PassthroughInfra.Component.Concerns.Boot;

/// <summary>
/// Keeps the firmware's framebuffer (efifb, simpledrm) off a graphics card that is passed through: it would hold the card's memory, and
/// vfio-pci would say <c>BAR 0: can't reserve</c>. Told from which display is the firmware's (<see cref="HostDisplays.FirmwareScreen"/>),
/// and not from /proc/fb, because a framebuffer that was kept off is no longer seen there, and the argument must stay.
/// Source: Linux <c>drivers/firmware/sysfb.c</c> (since 5.15 the one place that makes the framebuffer's device) and
/// <c>Documentation/admin-guide/kernel-parameters.txt</c>, <c>initcall_blacklist=</c>, <c>video=</c>.
/// </summary>
internal static partial class BootFramebuffer
{
    /// <summary>The kernel arguments for it: one for each way the installed kernels have.</summary>
    public static IEnumerable<string> Arguments(MachineSpec spec, HostFacts? facts) =>
        facts is null || Screen(spec, facts) is null ? [] : facts.Boot.Kernels.Select(k => k.Release).DefaultIfEmpty(facts.Boot.Kernel)
            .Select(r => HasSysfb(r) ? "initcall_blacklist=sysfb_init" : "video=efifb:off").Distinct().Order(StringComparer.Ordinal);

    /// <summary>Says that it is done, and what the operator will see.</summary>
    public static IEnumerable<Finding> Findings(MachineSpec spec, HostFacts facts)
    {
        if (Screen(spec, facts) is { } screen)
        {
            yield return new(
                Severity.Info,
                $"{screen.Address.Brief}",
                $"{(screen.BootVga == true ? "the firmware shows its screen on it" : "it is the only display, so that UEFI shows its screen on it, if at all")}: {string.Join(' ', Arguments(spec, facts))} keeps the boot framebuffer off its memory",
                "the host's boot messages are not seen on that card; choose another primary display in the firmware setup to have them elsewhere");
        }
    }

    private static PciFacts? Screen(MachineSpec spec, HostFacts facts) =>
        HostDisplays.FirmwareScreen(facts) is { } screen && spec.Devices.Any(d => d.Address == screen.Address && d.Id == screen.Id) ? screen : null;

    private static bool HasSysfb(string release)
    {
        var version = Release().Match(release);
        return !version.Success
            || (Number(version, 1), Number(version, 2)).CompareTo((5, 15)) >= 0;
    }

    private static int Number(Match match, int group) => int.Parse(match.Groups[group].Value, CultureInfo.InvariantCulture);

    [GeneratedRegex("^([0-9]{1,4})\\.([0-9]{1,4})")]
    private static partial Regex Release();
}
