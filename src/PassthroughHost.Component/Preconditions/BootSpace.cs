using System.Globalization;
using PassthroughInfra.Component.Facts;
using PassthroughInfra.Component.Planning;

namespace PassthroughInfra.Component.Preconditions;

/// <summary>Room where /boot is: a new initramfs stands beside its old one until it is whole (update-initramfs(8)).</summary>
internal static class BootSpace
{
    private static readonly long Growth = Number("INITRAMFS_GROWTH_PERCENT");

    private static readonly long ReserveKiB = Number("BOOT_RESERVE_KIB");

    /// <summary>What one more initramfs of the largest kind takes, in KiB: what boot-room.sh asks for.</summary>
    public static long NeededKiB(HostFacts facts) => (facts.Boot.Kernels.Select(k => k.InitramfsBytes).DefaultIfEmpty().Max() / 1024 * Growth / 100) + ReserveKiB;

    /// <summary>Whether there is room.</summary>
    /// <param name="facts">What was read.</param>
    /// <param name="boot">What is asked of the boot; null where only the machine is judged: all are to be made then, unless an update has made them before.</param>
    public static IEnumerable<Finding> Findings(HostFacts facts, BootDemands? boot)
    {
        var needed = NeededKiB(facts);
        if (facts.Boot.Kernels.Count == 0 || facts.Boot.FreeKiB >= needed)
        {
            yield break;
        }

        var remade = boot is not null ? boot.Initramfs
            : facts.Receipt("boot") is null ? facts.Boot.Kernels.Count(k => k.InitramfsBytes > 0)
            : 0;
        var problem = $"{facts.Boot.FreeKiB / 1024} MiB are free where /boot is ({facts.Boot.Mount}), and an initramfs that is made anew takes {(needed + 1023) / 1024} MiB";
        var old = facts.Boot.Kernels.Select(k => k.Release).Where(r => r != facts.Boot.Kernel).ToList();
        var remedy = $"remove old kernels: apt-get autoremove --purge{(old.Count > 0 ? $" (not running: {string.Join(", ", old)})" : "")}";
        yield return remade > 0
            ? new(Severity.Error, "host", $"{problem}; {remade} {(remade == 1 ? "is" : "are")} to be made", remedy)
            : new(Severity.Warning, "host", $"{problem}: the next kernel's or initramfs's update will fail", remedy);
    }

    // The script is the one place that has them.
    private static long Number(string name) => long.Parse(
        EmbeddedScript.Text("boot-room.sh").Split('\n').First(l => l.StartsWith($"{name}=", StringComparison.Ordinal))[(name.Length + 1)..],
        NumberStyles.None,
        CultureInfo.InvariantCulture);
}
