using System.Text.RegularExpressions;

namespace PassthroughInfra.Component.Spec;

/// <summary>What must hold within <c>takeOver</c>, whatever the machine.</summary>
internal static partial class TakeOverRules
{
    private const string Known = "/etc/default/grub, /etc/default/grub.d/NAME.cfg, /etc/modprobe.d/NAME.conf, /etc/modules, /etc/modules-load.d/NAME.conf, /etc/sysctl.conf, "
        + "/etc/sysctl.d/NAME.conf, /etc/initramfs-tools/modules, /etc/initramfs-tools/hooks/NAME, /etc/initramfs-tools/scripts/WHEN/NAME or /etc/driverctl.d/NAME";

    private static readonly (TakeOverPlace Place, Regex Path)[] Places =
    [
        (TakeOverPlace.Grub, GrubFile()),
        (TakeOverPlace.Modprobe, ModprobeFile()),
        (TakeOverPlace.Modules, ModulesFile()),
        (TakeOverPlace.InitramfsScript, InitramfsScript()),
        (TakeOverPlace.Driverctl, DriverctlFile()),
        (TakeOverPlace.Sysctl, SysctlFile()),
    ];

    /// <summary>What kind of file a path is.</summary>
    public static TakeOverPlace PlaceOf(string path) =>
        path.Contains("passthrough-host", StringComparison.Ordinal) ? TakeOverPlace.Unknown : Array.Find(Places, p => p.Path.IsMatch(path)).Place;

    /// <summary>Every rule that is broken.</summary>
    public static IEnumerable<SpecError> Check(MachineSpec spec)
    {
        var paths = new Dictionary<string, int>(StringComparer.Ordinal);
        for (var i = 0; i < spec.TakeOver.Count; i++)
        {
            var item = spec.TakeOver[i];
            var at = $"{SpecReader.Root}.takeOver[{i}]";
            if (!paths.TryAdd(item.Path, i))
            {
                yield return new($"{at}.path", $"{item.Path} is also the path of takeOver[{paths[item.Path]}]", "one entry for each file");
            }

            foreach (var error in One(item, at))
            {
                yield return error;
            }

            if (PlaceOf(item.Path) == TakeOverPlace.Sysctl && spec.HugePages is null)
            {
                yield return new($"{at}.path", $"{item.Path} is taken over for huge pages, and there is no hugePages", "say hugePages too, or leave the file as it is");
            }
        }
    }

    private static IEnumerable<SpecError> One(TakeOverSpec item, string at)
    {
        var place = PlaceOf(item.Path);
        if (place == TakeOverPlace.Unknown)
        {
            yield return new($"{at}.path", $"\"{item.Path}\" is no file that is taken over", Known);
            yield break;
        }

        if (item.SetAside && (item.Words.Count > 0 || item.Lines.Count > 0))
        {
            yield return new($"{at}.setAside", "conflicts with words and lines: the whole file is put aside", "give setAside, or words and lines");
        }
        else if (!item.SetAside && item.Words.Count == 0 && item.Lines.Count == 0)
        {
            yield return new($"{at}.lines", "is missing: nothing of the file is taken over", "lines, words or setAside: true");
        }

        if (item.SetAside && (place == TakeOverPlace.Grub || item.Path is "/etc/modules" or "/etc/sysctl.conf" or "/etc/initramfs-tools/modules"))
        {
            yield return new($"{at}.setAside", $"{item.Path} is a file of the distribution, which stays", "name the words or lines that are cut out of it");
        }

        if (item.Words.Count > 0 && place is not (TakeOverPlace.Grub or TakeOverPlace.Modprobe))
        {
            yield return new($"{at}.words", $"{item.Path} has no words to cut out", "whole lines: lines");
        }

        if (item.Lines.Count > 0 && place == TakeOverPlace.Grub)
        {
            yield return new($"{at}.lines", $"a line of {item.Path} says more than this stack has", "the kernel arguments alone: words");
        }

        if (item.Lines.Count > 0 && place is TakeOverPlace.InitramfsScript or TakeOverPlace.Driverctl && !item.SetAside)
        {
            yield return new($"{at}.lines", $"{item.Path} is taken over whole or not at all", "setAside: true");
        }

        for (var i = 0; i < item.Words.Count; i++)
        {
            if (!Word().IsMatch(item.Words[i]))
            {
                yield return new($"{at}.words[{i}]", $"\"{item.Words[i]}\" is not one word", "one argument an entry, without spaces, quotes, '$', '`' or '\\'");
            }
        }

        for (var i = 0; i < item.Lines.Count; i++)
        {
            if (item.Lines[i].Trim() is "" || item.Lines[i].Any(char.IsControl))
            {
                yield return new($"{at}.lines[{i}]", "is not one line", "the line as it stands in the file, without its end");
            }
        }
    }

    [GeneratedRegex(@"^/etc/default/(grub|grub\.d/[A-Za-z0-9][A-Za-z0-9._+-]*\.cfg)\z")]
    private static partial Regex GrubFile();

    [GeneratedRegex(@"^/etc/modprobe\.d/[A-Za-z0-9][A-Za-z0-9._+-]*\.conf\z")]
    private static partial Regex ModprobeFile();

    [GeneratedRegex(@"^/etc/(modules|initramfs-tools/modules|modules-load\.d/[A-Za-z0-9][A-Za-z0-9._+-]*\.conf)\z")]
    private static partial Regex ModulesFile();

    [GeneratedRegex(@"^/etc/initramfs-tools/(hooks|scripts/[a-z][a-z-]*)/[A-Za-z0-9][A-Za-z0-9._+-]*\z")]
    private static partial Regex InitramfsScript();

    [GeneratedRegex(@"^/etc/driverctl\.d/[A-Za-z0-9][A-Za-z0-9._:+-]*\z")]
    private static partial Regex DriverctlFile();

    [GeneratedRegex(@"^/etc/sysctl\.(conf|d/[A-Za-z0-9][A-Za-z0-9._+-]*\.conf)\z")]
    private static partial Regex SysctlFile();

    [GeneratedRegex("^[A-Za-z0-9_.,:=/@%+*-]+\\z")]
    private static partial Regex Word();
}
