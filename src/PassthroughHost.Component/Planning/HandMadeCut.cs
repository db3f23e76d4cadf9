using System.Text.RegularExpressions;
using PassthroughInfra.Component.Facts;
using PassthroughInfra.Component.Spec;

namespace PassthroughInfra.Component.Planning;

/// <summary>
/// What was set up by hand and is taken over, cut out of its files. take-over.sh does on the host what this shows in a preview; a test holds the two together.
/// </summary>
internal static partial class HandMadeCut
{
    private const string Prefix = "taken over from ";

    private const string Without = "without ";

    /// <summary>The script piece of the concerns that cut.</summary>
    public const string Script = "take-over.sh";

    /// <summary>The entries of a spec that belong to some kinds of files.</summary>
    public static IReadOnlyList<TakeOverSpec> Of(MachineSpec spec, params TakeOverPlace[] places) =>
        [.. spec.TakeOver.Where(t => places.Contains(TakeOverRules.PlaceOf(t.Path)))];

    /// <summary>
    /// What a file is to be without. It is a setting and no managed file: what else stands in the file is its owner's, and may change without being anybody's drift.
    /// </summary>
    public static Setting Setting(TakeOverSpec item, HostFacts? facts)
    {
        var name = Prefix + item.Path;
        var wanted = Wanted(item);
        if (facts is null)
        {
            return new(name, "not read", wanted);
        }

        var file = facts.File(item.Path);
        if (IsDone(item, file))
        {
            // What is not taken over any more comes back from the original, which is not read: shown is what was cut before, and what is cut from now on.
            var before = item.SetAside || file.Kind != FileKind.Regular ? null
                : facts.Receipts.Select(r => r.Settings.GetValueOrDefault(name)).FirstOrDefault(s => s is not null);
            return before is not null && before != wanted && before.StartsWith(Without, StringComparison.Ordinal)
                ? new(name, before, wanted) { By = Cause.Change }
                : new(name, wanted, wanted);
        }

        var live = item.SetAside ? "there" : $"with {string.Join(", ", Found(item, file))}";
        var after = item.SetAside ? ManagedFile.Absent(item.Path) : new ManagedFile(item.Path, Cut(item, file.Content), file.Mode);
        return new(name, live, wanted) { Diff = FileDiff.Unified(file with { Owner = "root:root" }, after) };
    }

    /// <summary>Why files are not cut, where they are none that can be.</summary>
    public static IEnumerable<Finding> Findings(MachineSpec spec, IReadOnlyList<TakeOverSpec> items, HostFacts facts) =>
        items.SelectMany(i => Findings(i, spec.TakeOver.ToList().IndexOf(i), facts));

    private static IEnumerable<Finding> Findings(TakeOverSpec item, int index, HostFacts facts)
    {
        var path = $"{SpecReader.Root}.takeOver[{index}].path";
        var file = facts.File(item.Path);
        if (file.Kind is FileKind.Link or FileKind.Other)
        {
            yield return new(Severity.Error, path, $"{item.Path} is {(file.Kind == FileKind.Link ? $"a link to {file.Content}" : "no regular file")}", "what is cut must be a regular file: take the entry out, and mend it by hand");
        }
        else if (file.Kind == FileKind.Regular && !IsDone(item, file) && file.Owner != "root:root")
        {
            yield return new(Severity.Error, path, $"{item.Path} belongs to {file.Owner}, and whoever that is may change it", $"chown root:root {item.Path}, or take the entry out");
        }
    }

    /// <summary>Lines of files as they are once everything is cut.</summary>
    public static IReadOnlyList<FileLine> After(IReadOnlyList<FileLine> lines, MachineSpec? spec) => spec is null || spec.TakeOver.Count == 0 ? lines :
    [
        .. lines.Select(l => spec.TakeOver.FirstOrDefault(t => t.Path == l.Path) is not { } item ? l
            : item.SetAside ? null
            : CutLine(item, l.Text) is { } text ? l with { Text = text } : null).OfType<FileLine>(),
    ];

    /// <summary>A file's content without what is taken over.</summary>
    public static string Cut(TakeOverSpec item, string content)
    {
        var text = string.Join('\n', content.Split('\n').Select(l => CutLine(item, l)).OfType<string>()).TrimEnd('\n');
        return text.Length == 0 ? "" : text + "\n";
    }

    /// <summary>Whether nothing is left to cut.</summary>
    public static bool IsDone(TakeOverSpec item, FileFacts file) =>
        file.Kind == FileKind.Absent || (!item.SetAside && (file.Kind != FileKind.Regular || !file.Content.Split('\n').Any(l => CutLine(item, l) != l)));

    /// <summary>A line without what is taken over; null where nothing of it is left.</summary>
    private static string? CutLine(TakeOverSpec item, string line)
    {
        if (item.Lines.Any(l => l.Trim() == line.Trim()))
        {
            return null;
        }

        var isGrub = TakeOverRules.PlaceOf(item.Path) == TakeOverPlace.Grub;
        return (isGrub ? Assignment() : Options()).IsMatch(line) ? item.Words.Aggregate(line, (l, w) => WithoutWord(l, w, isGrub)) : line;
    }

    private static string WithoutWord(string line, string word, bool isGrub)
    {
        var from = 0;
        while (line.IndexOf(word, from, StringComparison.Ordinal) is var at and >= 0)
        {
            var first = line.IndexOf('=', StringComparison.Ordinal);
            var begins = at == 0 || Ends(line[at - 1]) || (isGrub && at - 1 == first);
            var ends = at + word.Length == line.Length || Ends(line[at + word.Length]);
            if (!begins || !ends)
            {
                from = at + 1;
                continue;
            }

            var (head, tail) = (line[..at], line[(at + word.Length)..]);
            line = tail.Length > 0 && tail[0] is ' ' or '\t' ? head + tail.TrimStart(' ', '\t') : head.TrimEnd(' ', '\t') + tail;
            from = 0;
        }

        return line;
    }

    private static bool Ends(char c) => c is ' ' or '\t' or '"' or '\'';

    private static IEnumerable<string> Found(TakeOverSpec item, FileFacts file)
    {
        var lines = file.Content.Split('\n');
        return item.Words.Where(w => lines.Any(l => CutLine(new() { Path = item.Path, Words = [w] }, l) != l))
            .Concat(item.Lines.Where(w => lines.Any(l => l.Trim() == w.Trim())));
    }

    private static string Wanted(TakeOverSpec item) => item.SetAside ? "put aside" : $"{Without}{string.Join(", ", item.Words.Concat(item.Lines))}";

    // A script that is read as a shell reads it: only plain assignments on one line are understood.
    [GeneratedRegex(@"^[ \t]*(export[ \t]+)?GRUB_CMDLINE_LINUX(_DEFAULT)?[+]?=")]
    private static partial Regex Assignment();

    [GeneratedRegex(@"^[ \t]*options[ \t]")]
    private static partial Regex Options();
}
