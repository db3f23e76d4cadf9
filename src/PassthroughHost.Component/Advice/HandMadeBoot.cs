using System.Globalization;
using System.Text.RegularExpressions;
using PassthroughInfra.Component.Facts;
using PassthroughInfra.Component.Platform;

namespace PassthroughInfra.Component.Advice;

/// <summary>
/// Mistakes in what is set up for the boot: a menu or an initramfs that was not made again, files that nobody reads, words nobody knows.
/// Source: GRUB manual, "Simple configuration"; modprobe.d(5); modules-load.d(5); initramfs-tools(7), "Boot scripts"; Linux vfio, which took in vfio_virqfd
/// with 6.2.
/// </summary>
internal static partial class HandMadeBoot
{
    private static readonly string[] Misspelt = ["noveau", "vfio-pic", "vfio_pic", "vifo", "vfoi", "vfip"];

    /// <summary>All of them.</summary>
    public static IEnumerable<Check> Of(HandMadeSetup setup) =>
    [
        .. Menu(setup),
        .. Initramfs(setup),
        .. Places(setup),
        .. Words(setup),
        .. Scripts(setup),
    ];

    private static Check Caution(string id, string found, string remedy) => new(CheckArea.ByHand, id, Verdict.Caution, found, remedy);

    // Of the recovery entries GRUB_CMDLINE_LINUX_DEFAULT is no part, so that an argument counts that any entry has.
    private static IEnumerable<Check> Menu(HandMadeSetup setup)
    {
        var boot = setup.Facts.Boot;
        var menu = boot.Entries.SelectMany(e => e.Arguments.Split(' ')).ToHashSet(StringComparer.Ordinal);
        var running = boot.Arguments().ToHashSet(StringComparer.Ordinal);
        var written = setup.Grub.Where(w => HandMadeSetup.IsOfPassthrough(w.Word)).ToList();
        var absent = written.Where(w => menu.Count > 0 && !menu.Contains(w.Word)).ToList();
        foreach (var file in absent.GroupBy(w => w.Path, w => w.Word, StringComparer.Ordinal))
        {
            yield return Caution(
                "menu-not-made-again",
                $"{file.Key} has {string.Join(' ', file)}, and no entry of GRUB's menu: update-grub was not run since",
                "sudo update-grub; the next update of a stack runs it too, and these arguments then take effect");
        }

        var waiting = written.Where(w => menu.Contains(w.Word) && !running.Contains(w.Word)).Select(w => w.Word).Distinct().ToList();
        if (waiting.Count > 0)
        {
            yield return Caution(
                "menu-not-booted",
                $"GRUB's menu has {string.Join(' ', waiting)}, and the running kernel was started without",
                "reboot; if it stays so, another boot loader than this GRUB starts the host");
        }

        foreach (var other in setup.Lines.Where(l => l.Path is "/etc/kernel/cmdline" or "/etc/kernelstub/configuration").Select(l => l.Path).Distinct())
        {
            if (menu.Count > 0)
            {
                yield return Caution(
                    "arguments-of-another-loader",
                    $"{other} has kernel arguments for passthrough, which GRUB does not read",
                    $"if GRUB starts this host, they are dead: move what is needed to the stack's boot.kernelArguments, and empty {other}");
            }
        }
    }

    // What an initramfs was made of must be older than it. Every kernel's counts: one that is not the newest is started the day the newest fails.
    private static IEnumerable<Check> Initramfs(HandMadeSetup setup)
    {
        var sources = setup.Files.Where(f => InitramfsGenerators.Of(setup.Facts).Sources.Prepend("/etc/modprobe.d/").Any(s => HandMadeSetup.IsIn(f.Path, s))).ToList();
        if (sources.Count == 0)
        {
            yield break;
        }

        var newest = sources.MaxBy(f => f.ModifiedAt)!;
        var stale = setup.Facts.Boot.Kernels.Where(k => k.InitramfsMadeAt > 0 && k.InitramfsMadeAt < newest.ModifiedAt).Select(k => k.Release).ToList();
        if (stale.Count > 0)
        {
            yield return Caution(
                "initramfs-not-made-again",
                $"{newest.Path} was changed after the initramfs of {string.Join(" and ", stale)} was made",
                $"sudo {InitramfsGenerators.Of(setup.Facts).CommandForAll}");
        }
    }

    private static IEnumerable<Check> Places(HandMadeSetup setup)
    {
        foreach (var line in setup.Lines)
        {
            if (HandMadeSetup.IsIn(line.Path, "/etc/modprob.d/"))
            {
                yield return Caution(
                    "file-nobody-reads",
                    $"{line.Path}: \"{line.Text}\" is read by nobody: the directory is /etc/modprobe.d",
                    "delete it; a stack needs no such line");
            }
            else if (HandMadeSetup.IsIn(line.Path, "/etc/modprobe.d/") && !line.Path.EndsWith(".conf", StringComparison.Ordinal))
            {
                yield return Caution(
                    "file-nobody-reads",
                    $"{line.Path}: \"{line.Text}\" is read by nobody: modprobe reads names that end in .conf only",
                    "delete it, or name it .conf if it is still wanted");
            }
            else if (line.Path is "/etc/modules" || HandMadeSetup.IsIn(line.Path, "/etc/modules-load.d/") || line.Path is HandMadeSetup.InitramfsModules)
            {
                var first = line.Text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)[0];
                if (first is "options" or "softdep" or "blacklist" or "install" or "alias")
                {
                    yield return Caution(
                        "line-in-the-wrong-file",
                        $"{line.Path}: \"{line.Text}\" is a line of modprobe.d; here only names of modules are understood",
                        $"delete it there; a stack writes its own in /etc/modprobe.d");
                }
                else if (line.Text.Contains("ids=", StringComparison.Ordinal) && line.Path is not HandMadeSetup.InitramfsModules)
                {
                    yield return Caution(
                        "line-in-the-wrong-file",
                        $"{line.Path}: \"{line.Text}\": options are not understood here, and the IDs are lost",
                        "delete it there; name the devices in a stack");
                }
            }
            else if (HandMadeSetup.IsIn(line.Path, "/etc/modprobe.d/") && line.Text.StartsWith("blacklist", StringComparison.Ordinal)
                && line.Text.Contains('*', StringComparison.Ordinal))
            {
                yield return Caution(
                    "blacklist-with-a-star",
                    $"{line.Path}: \"{line.Text}\": modprobe knows no patterns here, so that it keeps nothing off",
                    "name each module, or better none: a stack binds by device");
            }
            else if (HandMadeSetup.IsIn(line.Path, "/etc/dracut") && DracutList().Match(line.Text) is { Success: true } match
                && !(match.Groups["list"].Value.StartsWith(' ') && match.Groups["list"].Value.EndsWith(' ')))
            {
                yield return Caution(
                    "dracut-list-runs-together",
                    $"{line.Path}: \"{line.Text}\": dracut joins these lists as they are, and the first and last name run together with their "
                        + "neighbours",
                    "begin and end the list with a blank");
            }
        }
    }

    private static IEnumerable<Check> Words(HandMadeSetup setup)
    {
        List<(string Path, string Text)> all = [.. setup.Lines.Select(l => (l.Path, l.Text)), .. setup.Grub.Select(w => (w.Path, w.Word))];
        foreach (var (path, text) in all)
        {
            if (Array.Find(Misspelt, m => text.Contains(m, StringComparison.Ordinal)) is { } wrong)
            {
                yield return Caution(
                    "misspelt",
                    $"{path}: \"{text}\": there is no module {wrong}",
                    "delete the line, or write nouveau or vfio-pci if it is still wanted");
            }
            else if (text.StartsWith("vfio_pci_ids=", StringComparison.Ordinal) || text.StartsWith("vfio-pci-ids=", StringComparison.Ordinal))
            {
                yield return Caution("misspelt", $"{path}: \"{text}\": the kernel's argument is vfio-pci.ids=", "delete it; name the devices in a stack");
            }
        }

        foreach (var (word, path) in setup.Grub)
        {
            if (RunTogether().IsMatch(word))
            {
                yield return Caution(
                    "arguments-run-together",
                    $"{path}: \"{word}\": two arguments without a blank between them; the kernel knows neither",
                    "put a blank between them, and run update-grub");
            }
            else if (word is "video=vesafb:off,efifb:off" or "video=efifb:off,vesafb:off")
            {
                yield return Caution(
                    "framebuffers-in-one-argument",
                    $"{path}: {word} turns off the first one only",
                    "write one video= for each; a stack keeps the framebuffer off the boot display it gives away");
            }
        }

        var since = setup.Facts.Boot.Kernels.Where(k => IsSince62(k.Release)).Select(k => k.Release).ToList();
        if (since.Count > 0 && setup.ModuleLists.Concat(setup.Lines.Where(l => HandMadeSetup.IsIn(l.Path, "/etc/dracut")))
            .FirstOrDefault(l => l.Text.Contains("vfio_virqfd", StringComparison.Ordinal)) is { } virqfd)
        {
            yield return Caution(
                "module-gone",
                $"{virqfd.Path}: vfio_virqfd is no module since Linux 6.2, and {since[^1]} is installed",
                $"delete it from {virqfd.Path}: vfio has it in itself");
        }
    }

    // mkinitramfs asks every script for what must run before it, by running it with the argument prereqs, on the live host.
    private static IEnumerable<Check> Scripts(HandMadeSetup setup) =>
        setup.Files.Where(f => f.IsExecutable && (HandMadeSetup.IsIn(f.Path, "/etc/initramfs-tools/scripts/") || HandMadeSetup.IsIn(f.Path, "/etc/initramfs-tools/hooks/"))
            && !f.Words.Contains("prereqs"))
            .Select(f => Caution(
                "initramfs-script-runs-now",
                $"{f.Path} does not know the argument prereqs: mkinitramfs runs it on the live host each time an initramfs is made, "
                    + "and what it does at boot it does there and then",
                "move it away before the next initramfs is made (a stack's update makes it too); "
                    + "a stack that names the device by its address needs no such script"));

    private static bool IsSince62(string release) =>
        release.Split('.', '-') is [var major, var minor, ..] && int.TryParse(major, NumberStyles.None, CultureInfo.InvariantCulture, out var a)
            && int.TryParse(minor, NumberStyles.None, CultureInfo.InvariantCulture, out var b) && (a, b).CompareTo((6, 2)) >= 0;

    [GeneratedRegex("""^(?:add_drivers|force_drivers|add_dracutmodules)\+=(["'])(?<list>.*)\1""")]
    private static partial Regex DracutList();

    [GeneratedRegex(@"^(intel_iommu|amd_iommu|iommu)=[a-z_,]*?(intel_iommu|amd_iommu|iommu|vfio|quiet|splash)[=._]?")]
    private static partial Regex RunTogether();
}
