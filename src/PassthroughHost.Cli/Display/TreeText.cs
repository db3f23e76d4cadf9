using System.Globalization;

namespace PassthroughInfra.Cli.Display;

/// <summary>Lays the tree's columns out in the width there is: a column is as wide as it must be, the last one takes what is left.</summary>
internal static class TreeText
{
    private const int Gap = 2;
    private const int MarkWidth = 4;

    // A name narrower than this tells nothing, and what a step says needs some room too.
    private const int LeastResource = 20;
    private const int LeastInfo = 16;

    /// <summary>The lines with a heading.</summary>
    /// <param name="lines">What to show.</param>
    /// <param name="status">The heading of the status column: Plan or Status.</param>
    /// <param name="width">How many characters a line may have.</param>
    public static IReadOnlyList<(string Text, ConsoleStyle ConsoleStyle)> Layout(IReadOnlyList<TreeLine> lines, string status, int width)
    {
        var heading = new TreeLine("", "Type", "Name", status, lines.Any(l => l.Info.Length > 0) ? "Info" : "", ConsoleStyle.Strong);
        var all = lines.Prepend(heading).ToArray();
        var (resource, name, state) = (Widest(all, l => l.Resource), Widest(all, l => l.Name), Widest(all, l => l.Status));
        var info = Math.Min(LeastInfo, Widest(all, l => l.Info));
        var excess = MarkWidth + resource + Gap + name + Gap + state + (info > 0 ? Gap + info : 0) - width;
        if (excess > 0)
            resource = Math.Max(LeastResource, resource - excess);
        return [.. all.Select(l => (Cut(
            $" {l.Mark,-2} {Cut(l.Resource, resource).PadRight(resource)}  {l.Name.PadRight(name)}  {l.Status.PadRight(state)}  {OneLine(l.Info)}".TrimEnd(), width), l.ConsoleStyle))];
    }

    private static int Widest(IEnumerable<TreeLine> lines, Func<TreeLine, string> column) => lines.Max(l => column(l).Length);

    private static string Cut(string text, int width) => text.Length <= width ? text : text[..Math.Max(0, width - 1)] + "…";

    // What a command writes can move the cursor.
    private static string OneLine(string text) => string.Concat(text.Where(c => CharUnicodeInfo.GetUnicodeCategory(c) != UnicodeCategory.Control)).Trim();
}
