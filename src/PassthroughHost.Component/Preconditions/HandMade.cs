using PassthroughInfra.Component.Facts;
using PassthroughInfra.Component.Planning;
using PassthroughInfra.Component.Platform;

namespace PassthroughInfra.Component.Preconditions;

/// <summary>
/// What others wrote that beats what an update writes: rules of modprobe.d on vfio-pci, and kernel arguments that come after ours. Source: modprobe.d(5); kmod
/// <c>libkmod/libkmod-module.c</c> (the first <c>install</c> line counts, by file name); Linux <c>Documentation/admin-guide/kernel-parameters.txt</c> (of one
/// argument the last counts); GRUB manual, "Simple configuration" (GRUB_CMDLINE_LINUX_DEFAULT comes after GRUB_CMDLINE_LINUX).
/// </summary>
internal static class HandMade
{
    // The same file name in an earlier directory takes the place of the later ones.
    private static readonly string[] ModprobeDirectories = ["/etc/modprobe.d", "/run/modprobe.d", "/usr/local/lib/modprobe.d", "/usr/lib/modprobe.d", "/lib/modprobe.d"];

    // Of these the kernel takes each one, and not only the last.
    private static readonly string[] Several = ["video", "initcall_blacklist", "console", "earlycon", "hugepages", "hugepagesz", "modprobe.blacklist", "module_blacklist"];

    /// <summary>All of them; nothing where facts of an older version do not say.</summary>
    public static IEnumerable<Precondition> Of(HostFacts facts, BootDemands? boot)
    {
        if (facts.Boot.InitramfsMakers is null || SystemPreconditions.IsContainer(facts))
        {
            return [];
        }

        List<Precondition> module = [.. Modprobe(facts, boot), .. Menu(facts)];
        List<Precondition> arguments = [.. Arguments(facts, boot)];
        return
        [
            .. module.Count > 0 ? module : [new("vfio-module", PreconditionVerdict.Good, "nothing keeps vfio-pci from being loaded")],
            .. arguments.Count > 0 ? arguments : [new("kernel-arguments", PreconditionVerdict.Good, "nothing in GRUB's files beats the arguments of an update")],
        ];
    }

    private static IEnumerable<Precondition> Modprobe(HostFacts facts, BootDemands? boot)
    {
        if (facts.Boot.Kernels.All(k => k.VfioPci == VfioPresence.Builtin))
        {
            yield break;
        }

        var install = boot is { BindsByAddress: true };
        var ours = Path.GetFileName(ModprobeFiles.DropIn);
        var rules = facts.Boot.ModuleRules.GroupBy(r => Path.GetFileName(r.Path)).Where(g => g.Key != ours)
            .SelectMany(g => g.GroupBy(r => Path.GetDirectoryName(r.Path)!).MinBy(d => Array.IndexOf(ModprobeDirectories, d.Key))!);
        foreach (var rule in rules)
        {
            var remedy = $"take the line out of {rule.Path}; the stack's own binding needs none";
            switch (rule.Text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)[0])
            {
                case "blacklist":
                    yield return new("vfio-module", PreconditionVerdict.Blocks, $"{rule.Path} has \"{rule.Text}\", and vfio-pci is a module: it would not be loaded", remedy);
                    break;
                case "install" when install && string.CompareOrdinal(Path.GetFileName(rule.Path), ours) > 0:
                    yield return new("vfio-module", PreconditionVerdict.Caution, $"{rule.Path} has \"{rule.Text}\", which is not run: the stack's own line in {ModprobeFiles.DropIn} comes first", remedy);
                    break;
                case "install":
                    yield return new("vfio-module", PreconditionVerdict.Blocks, $"{rule.Path} has \"{rule.Text}\": that is run in place of loading vfio-pci{(install ? " as the stack needs it" : "")}", remedy);
                    break;
                default:
                    break;
            }
        }
    }

    private static IEnumerable<Precondition> Menu(HostFacts facts) =>
        facts.Boot.Entries.SelectMany(e => e.Arguments.Split(' ')).Distinct()
            .Where(a => a.Split('=') is ["modprobe.blacklist" or "module_blacklist", var list] && list.Split(',').Any(m => m is "vfio-pci" or "vfio_pci"))
            .Select(a => new Precondition("vfio-module", PreconditionVerdict.Blocks, $"GRUB's menu starts the kernel with {a}: vfio-pci would not be loaded", "take vfio-pci out of it in /etc/default/grub (or its drop-ins) and run update-grub"));

    private static IEnumerable<Precondition> Arguments(HostFacts facts, BootDemands? boot)
    {
        var (after, lost) = GrubArguments.AfterOurs(facts.Boot.GrubSettings, Grub.DropIn);
        if (lost is not null)
        {
            yield return new("kernel-arguments", PreconditionVerdict.Blocks, $"{lost} sets GRUB_CMDLINE_LINUX anew, so that the arguments of {Grub.DropIn} are lost", $"let it add to what is there: GRUB_CMDLINE_LINUX=\"$GRUB_CMDLINE_LINUX …\" in {lost}");
        }

        var wanted = boot?.Arguments ?? [];
        foreach (var (word, path) in after)
        {
            var (key, value) = Parts(word);
            var mine = wanted.Where(w => Parts(w).Key == key).Select(w => Parts(w).Value).ToList();
            if (key == "vfio-pci.ids")
            {
                var lacking = mine.SelectMany(m => m.Split(',')).Except(value.Split(',')).ToList();
                var blocks = lacking.Count > 0;
                yield return new(
                    "kernel-arguments",
                    blocks ? PreconditionVerdict.Blocks : PreconditionVerdict.Caution,
                    $"{path} has {word}, which comes after the stack's own and is the one that counts{(blocks ? $": {string.Join(", ", lacking)} would not be bound" : "")}",
                    $"take it out of {path}: the stack writes its own for the devices it names");
            }
            else if (mine.Count > 0 && !mine.Contains(value) && (!Several.Contains(key) || (key == "video" && mine.Any(m => m.Split(':')[0] == value.Split(':')[0]))))
            {
                yield return new("kernel-arguments", key == "video" ? PreconditionVerdict.Blocks : PreconditionVerdict.Caution, $"{path} has {word}, which comes after the stack's {key}={mine[0]} and is the one that counts", $"take it out of {path}, or out of the stack");
            }
            else if (key == "video" && wanted.Any(w => w.StartsWith("initcall_blacklist=sysfb", StringComparison.Ordinal) || w.StartsWith("video=", StringComparison.Ordinal)))
            {
                yield return new("kernel-arguments", PreconditionVerdict.Caution, $"{path} has {word}; the stack keeps the boot framebuffer off its card by itself", $"take it out of {path}, if it is there for that");
            }
        }
    }

    private static (string Key, string Value) Parts(string argument) =>
        argument.IndexOf('=', StringComparison.Ordinal) is var at && at < 0 ? (argument, "") : (argument[..at].Replace("vfio_pci", "vfio-pci", StringComparison.Ordinal), argument[(at + 1)..]);
}
