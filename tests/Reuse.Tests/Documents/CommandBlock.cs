using System.Text.RegularExpressions;
using PassthroughInfra.Component.Tests.Support;

namespace PassthroughInfra.Reuse.Tests.Documents;

/// <summary>
/// A block of commands as README or a page of docs/ shows it, with the comment before it that says who runs it:
/// <c>run</c>: <see cref="DocumentTests"/>, as it stands, in the checkout; <c>run: NAME</c> and <c>lab: NAME</c>: the test of Reuse.Tests or of Lab.Tests that asks for it with
/// <see cref="Named"/>; <c>ci</c>: CI itself.
/// </summary>
/// <param name="Page">The page's file name.</param>
/// <param name="Runner"><c>run</c>, <c>lab</c> or <c>ci</c>; null where nothing is said.</param>
/// <param name="Name">By which a test asks for it; null where none has to.</param>
/// <param name="Text">What a reader would paste.</param>
internal sealed partial record CommandBlock(string Page, string? Runner, string? Name, string Text)
{
    /// <summary>README and docs/.</summary>
    public static IReadOnlyList<string> Pages { get; } =
        [.. Directory.GetFiles(Path.Combine(Repository.Root, "docs"), "*.md").Append(Path.Combine(Repository.Root, "README.md")).Order(StringComparer.Ordinal)];

    /// <summary>Every block of every page.</summary>
    public static IReadOnlyList<CommandBlock> All { get; } =
        [.. Pages.SelectMany(page => Block().Matches(File.ReadAllText(page)).Select(m => new CommandBlock(Path.GetFileName(page), Value(m, "runner"), Value(m, "name"), m.Groups["text"].Value)))];

    /// <summary>Its lines that are commands, without remarks.</summary>
    public IReadOnlyList<string> Commands => [.. Text.Split('\n').Select(l => Remark().Replace(l, "").Trim()).Where(l => l.Length > 0)];

    /// <summary>The block of that name.</summary>
    public static CommandBlock Named(string name) => All.Single(b => b.Name == name);

    /// <summary>The content of a file as a page shows it: the block after the line that begins with its path.</summary>
    public static string FileShown(string page, string path)
    {
        var match = Regex.Match(File.ReadAllText(Path.Combine(Repository.Root, page)), $"^`{Regex.Escape(path)}`[^\\n]*\\n\\n```\\w+\\n(.*?)^```", RegexOptions.Singleline | RegexOptions.Multiline);
        return match.Success ? match.Groups[1].Value : throw new InvalidOperationException($"{page} shows no {path}");
    }

    private static string? Value(Match match, string group) => match.Groups[group] is { Success: true, Value: var value } ? value : null;

    [GeneratedRegex("(?:<!-- (?<runner>\\w+)(?:: (?<name>[\\w-]+))? -->\\n)?```sh\\n(?<text>.*?)```", RegexOptions.Singleline)]
    private static partial Regex Block();

    [GeneratedRegex("(^|\\s)#.*$")]
    private static partial Regex Remark();
}
