using System.Text.RegularExpressions;
using PassthroughInfra.Component.Facts;
using PassthroughInfra.Component.Platform;

namespace PassthroughInfra.Component.Preconditions;

/// <summary>
/// What comes after our kernel arguments, from the files that grub-mkconfig sources: /etc/default/grub, then its drop-ins by name. Only plain assignments are
/// understood, with $GRUB_CMDLINE_LINUX and its sibling in them. Source: GRUB manual, "Simple configuration"; grub-mkconfig of Debian and Ubuntu, for the drop-ins.
/// </summary>
internal static partial class GrubArguments
{
    private const string Mark = "\u0001";

    /// <summary>The words after ours, each with its file; and the file that drops ours, if one does.</summary>
    /// <param name="lines">The assignments, in the order they are read.</param>
    /// <param name="ours">Our drop-in: what it appends is taken to be there, whether it is yet or not.</param>
    public static (IReadOnlyList<(string Word, string Path)> After, string? Lost) AfterOurs(IReadOnlyList<FileLine> lines, string ours)
    {
        var (all, lost, placed, last) = Evaluate(lines, ours);
        var at = all.FindIndex(w => w.Word == Mark);
        return ([.. at >= 0 ? all[(at + 1)..] : placed ? all : last], lost);
    }

    /// <summary>Every word that the files of others give to a normal entry of the menu, each with its file, in their order.</summary>
    /// <param name="lines">The assignments, in the order they are read.</param>
    /// <param name="ours">Our drop-in, which is left out.</param>
    public static IReadOnlyList<(string Word, string Path)> OfOthers(IReadOnlyList<FileLine> lines, string ours) => [.. Evaluate(lines, ours).All.Where(w => w.Word != Mark)];

    private static (List<(string Word, string Path)> All, string? Lost, bool Placed, List<(string Word, string Path)> Last) Evaluate(IReadOnlyList<FileLine> lines, string ours)
    {
        var values = new Dictionary<string, List<(string Word, string Path)>>(StringComparer.Ordinal) { ["GRUB_CMDLINE_LINUX"] = [], ["GRUB_CMDLINE_LINUX_DEFAULT"] = [] };
        string? lost = null;
        var placed = false;
        foreach (var line in lines.Where(l => l.Path != ours && l.Path != Grub.TrialDropIn))
        {
            if (!placed && IsAfter(line.Path, ours))
            {
                placed = true;
                values["GRUB_CMDLINE_LINUX"].Add((Mark, ours));
            }

            if (Assignment().Match(line.Text) is { Success: true } match)
            {
                var name = match.Groups["name"].Value;
                List<(string Word, string Path)> value = [.. Words(match.Groups["value"].Value).SelectMany(w => Expand(w, line.Path, values))];
                values[name] = match.Groups["adds"].Length > 0 ? [.. values[name], .. value] : value;
                if (placed && name == "GRUB_CMDLINE_LINUX" && lost is null && !values[name].Any(w => w.Word == Mark))
                {
                    lost = line.Path;
                }
            }
        }

        return ([.. values["GRUB_CMDLINE_LINUX"], .. values["GRUB_CMDLINE_LINUX_DEFAULT"]], lost, placed, values["GRUB_CMDLINE_LINUX_DEFAULT"]);
    }

    private static bool IsAfter(string path, string ours) =>
        Path.GetDirectoryName(path) == Path.GetDirectoryName(ours) && string.CompareOrdinal(Path.GetFileName(path), Path.GetFileName(ours)) > 0;

    private static List<(string Word, string Path)> Expand(string word, string path, Dictionary<string, List<(string Word, string Path)>> values) =>
        word.StartsWith('$') ? values.GetValueOrDefault(word.Trim('$', '{', '}'), []) : [(word, path)];

    // A quoted value ends with its quote, a bare one with the first blank.
    private static string[] Words(string value)
    {
        var text = (value.StartsWith('"') || value.StartsWith('\'')) ? value[1..].Split(value[0])[0] : value.Split(' ', '\t', '#')[0];
        return text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
    }

    [GeneratedRegex(@"^\s*(?:export\s+)?(?<name>GRUB_CMDLINE_LINUX(?:_DEFAULT)?)(?<adds>\+?)=(?<value>.*)$")]
    private static partial Regex Assignment();
}
