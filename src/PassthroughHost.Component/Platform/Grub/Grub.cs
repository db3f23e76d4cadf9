using PassthroughInfra.Component.Facts;
using PassthroughInfra.Component.Planning;

namespace PassthroughInfra.Component.Platform;

/// <summary>
/// GRUB 2 as Debian and Ubuntu set it up: <c>/etc/default/grub.d</c>, <c>grub-mkconfig</c>, <c>/boot/grub/grub.cfg</c>. Source: GRUB manual, "Simple configuration".
/// </summary>
internal sealed class Grub : IBootLoader
{
    /// <summary>The drop-in: appends to GRUB_CMDLINE_LINUX.</summary>
    public const string DropIn = "/etc/default/grub.d/60-passthrough-host.cfg";

    /// <summary>The one beside it while its arguments are on trial, which takes them out of the menu's other entries (boot-trial.sh).</summary>
    public const string TrialDropIn = "/etc/default/grub.d/60-passthrough-host.trial.cfg";

    private static readonly string[] Tools = ["grub-mkconfig", "grub-script-check"];

    private static readonly string[] Unwritable = ["btrfs", "zfs", "squashfs", "romfs", "overlay", "f2fs"];

    /// <inheritdoc/>
    public IReadOnlyList<string> Scripts { get; } = ["grub-menu.sh"];

    /// <summary>Whether it boots a host that no other loader says it has booted.</summary>
    public static PlatformMatch<IBootLoader> Match(HostFacts facts)
    {
        var boot = facts.Boot;
        var missing = Tools.Where(t => !facts.System.Tools.Contains(t)).ToList();
        const string remedy = "only machines that boot through GRUB 2 are supported: install grub2, or see how this one boots";
        return missing.Count > 0 ? new(null, $"there is no {string.Join(" and no ", missing)}", remedy)
            : boot.GrubConfigMadeAt == 0 ? new(null, "there is no /boot/grub/grub.cfg", remedy)
            // GRUB begins the command line with BOOT_IMAGE= and the file it loaded (grub-core/loader/i386/linux.c); systemd-boot and the firmware itself do not.
            : !boot.Arguments().Any(a => a.StartsWith("BOOT_IMAGE=", StringComparison.Ordinal))
                ? new(new Grub(), $"GRUB 2 is installed, and what booted this host is not known: BOOT_IMAGE= is not on the kernel's command line{(boot.Loader.Length > 0 ? $" ({boot.Loader})" : "")}", "reboot the host once through GRUB's menu (not by kexec, and not straight from the firmware)") { IsUncertain = true }
            : new(new Grub(), $"GRUB 2, {boot.Entries.Count} kernel lines in its menu");
    }

    /// <inheritdoc/>
    /// <remarks>The distribution's own file and other drop-ins keep their say: this one appends.</remarks>
    public ManagedFile Arguments(IReadOnlyList<string> arguments) => new(
        DropIn,
        $"""
        # Kernel arguments of passthrough-host. Change them in the machine's stack, not here.
        GRUB_CMDLINE_LINUX="$GRUB_CMDLINE_LINUX {string.Join(' ', arguments)}"

        """);

    /// <inheritdoc/>
    /// <remarks>
    /// GRUB itself must be able to write its environment block, or what is tried once would be tried for ever. Source: grub-reboot(8); GRUB manual, "Environment
    /// block".
    /// </remarks>
    public string? TrialObstacle(HostFacts facts) =>
        facts.Boot.GrubDevice.StartsWith("dm-", StringComparison.Ordinal) ? $"/boot/grub is on {facts.Boot.GrubDevice} (LVM or dm-crypt), where GRUB cannot write"
        : facts.Boot.GrubDevice.StartsWith("md", StringComparison.Ordinal) ? $"/boot/grub is on the RAID {facts.Boot.GrubDevice}, where GRUB cannot write"
        : Unwritable.Contains(facts.Boot.GrubFileSystem) ? $"/boot/grub is on {facts.Boot.GrubFileSystem}, where GRUB cannot write"
        : null;
}
