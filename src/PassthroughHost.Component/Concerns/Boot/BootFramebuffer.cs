using PassthroughInfra.Component.Devices;
using PassthroughInfra.Component.Facts;
using PassthroughInfra.Component.Planning;
using PassthroughInfra.Component.Platform;
using PassthroughInfra.Component.Spec;

namespace PassthroughInfra.Component.Concerns.Boot;

/// <summary>
/// Keeps the firmware's framebuffer (efifb, simpledrm) off a graphics card that is passed through: it would hold the card's memory, and
/// vfio-pci would say <c>BAR 0: can't reserve</c>. Told from which display is the firmware's (<see cref="HostDisplays.IsFirmwareScreen"/>),
/// and not from /proc/fb, because a framebuffer that was kept off is no longer seen there, and the argument must stay.
/// </summary>
internal static class BootFramebuffer
{
    /// <summary>The kernel arguments for it: one for each way the installed kernels have.</summary>
    public static IEnumerable<string> Arguments(MachineSpec spec, HostFacts? facts) =>
        facts is null || Screen(spec, facts) is null ? [] : facts.Boot.Kernels.Select(k => k.Release).DefaultIfEmpty(facts.Boot.Kernel)
            .Select(BootFramebufferArgument.Of).Distinct().Order(StringComparer.Ordinal);

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

    private static PciFacts? Screen(MachineSpec spec, HostFacts facts) => spec.Devices
        .Select(d => facts.Device(d.Address) is { } found && found.Id == d.Id ? found : null)
        .FirstOrDefault(p => p is not null && HostDisplays.IsFirmwareScreen(p, facts));
}
