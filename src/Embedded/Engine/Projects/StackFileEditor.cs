using System.Text;
using System.Text.RegularExpressions;
using PassthroughInfra.Engine.State;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;
using YamlDotNet.RepresentationModel;

namespace PassthroughInfra.Engine.Projects;

/// <summary>
/// Changes single entries of a stack file as text, so that its comments, order and layout stay. An entry is the lines from its key to the
/// next key of the same depth.
/// </summary>
internal static partial class StackFileEditor
{
    private const int Indent = 2;

    /// <summary>Sets <c>encryptionsalt:</c>, at the end where it is new, as the CLI does.</summary>
    public static void SetSalt(string file, string salt) => Edit(file, text => Set(text, [["encryptionsalt"]], _ => [$" {salt}"]));

    /// <summary>Sets one place of <c>config:</c> to a text.</summary>
    /// <exception cref="EngineException">The place is within braces, or within what is a single value.</exception>
    public static void SetConfig(string file, string project, ConfigKey key, string value) => Edit(file, text => Set(text, Steps(project, key), _ => [$" {Quote(value)}"]));

    /// <summary>Sets one place of <c>config:</c> to an encrypted text.</summary>
    /// <exception cref="EngineException">The place is within braces, or within what is a single value.</exception>
    public static void SetSecret(string file, string project, ConfigKey key, string ciphertext) =>
        Edit(file, text => Set(text, Steps(project, key), column => ["", $"{new string(' ', column + Indent)}secure: {ciphertext}"]));

    /// <summary>Removes one place of <c>config:</c>, and what is empty without it; gives whether it was there.</summary>
    public static bool RemoveConfig(string file, string project, ConfigKey key)
    {
        var found = false;
        Edit(file, text =>
        {
            var steps = Steps(project, key);
            var (entries, _) = Find(text, steps);
            if (entries.Count < steps.Length)
                return text;
            found = true;
            // An empty mapping would read as null.
            var outermost = entries.Count - 1;
            while (outermost > 0 && entries[outermost - 1].Children == 1)
                outermost--;
            var lines = Lines(text);
            lines.RemoveRange(entries[outermost].Start, entries[outermost].Count);
            return string.Join('\n', lines);
        });
        return found;
    }

    /// <summary>The keys from the file's root to a place; the value's own can be written with its namespace or, where that is the project's, without.</summary>
    private static string[][] Steps(string project, ConfigKey key) =>
    [
        ["config"],
        key.Name.StartsWith(project + ":", StringComparison.Ordinal) ? [key.Name, key.Name[(project.Length + 1)..]] : [key.Name],
        .. key.Within.Select(w => new[] { w }),
    ];

    private static void Edit(string file, Func<string, string> edit)
    {
        var text = File.Exists(file) ? File.ReadAllText(file) : "";
        var edited = edit(text);
        if (edited != text)
            WholeFile.Write(File.Exists(file) ? File.ResolveLinkTarget(file, returnFinalTarget: true)?.FullName ?? file : file, Encoding.UTF8.GetBytes(edited));
    }

    /// <param name="value">What follows the key and its colon: the rest of the line, and more lines; given the key's column.</param>
    private static string Set(string text, string[][] steps, Func<int, IReadOnlyList<string>> value)
    {
        var lines = Lines(text);
        var (entries, childColumn) = Find(text, steps);
        if (entries.Count == steps.Length)
        {
            var old = entries[^1];
            lines.RemoveRange(old.Start, old.Count);
            lines.InsertRange(old.Start, Entry([old.Key], old.Column, value));
            return string.Join('\n', lines);
        }
        var column = childColumn ?? (entries.Count == 0 ? 0 : entries[^1].Column + Indent);
        var added = Entry([.. steps.Skip(entries.Count).Select(s => s[0])], column, value);
        if (entries.Count > 0)
        {
            lines.InsertRange(entries[^1].Start + entries[^1].Count, added);
        }
        else
        {
            while (lines.Count > 0 && lines[^1].Length == 0)
                lines.RemoveAt(lines.Count - 1);
            lines.AddRange(added);
            lines.Add("");
        }
        return string.Join('\n', lines);
    }

    private static List<string> Entry(string[] keys, int column, Func<int, IReadOnlyList<string>> value)
    {
        var lines = new List<string>();
        foreach (var key in keys.SkipLast(1))
        {
            lines.Add($"{new string(' ', column)}{QuoteKey(key)}:");
            column += Indent;
        }
        var rest = value(column);
        lines.Add($"{new string(' ', column)}{QuoteKey(keys[^1])}:{rest[0]}");
        lines.AddRange(rest.Skip(1));
        return lines;
    }

    /// <summary>As many of the steps as are there, and the column at which the last one's children begin (null where it has none).</summary>
    private static (List<Found> Entries, int? ChildColumn) Find(string text, string[][] steps)
    {
        YamlNode node = Yaml.Parse(text);
        var entries = new List<Found>();
        int? childColumn = null;
        foreach (var step in steps)
        {
            if (node is YamlScalarNode { Value: null or "" or "~" or "null" } && entries.Count > 0)
                break;
            if (node is not YamlMappingNode mapping)
                throw new EngineException($"'{step[0]}' cannot be set within '{entries[^1].Key}', which is {(node is YamlScalarNode ? "a single value" : "a list")} in the stack file.");
            // A file with nothing in it has an empty mapping of no style of its own.
            if (mapping.Style == MappingStyle.Flow)
                throw new EngineException($"'{step[0]}' belongs within braces in the stack file, which cannot be edited line by line; change it by hand.");
            childColumn = mapping.Children.Count > 0 ? (int)mapping.Children[0].Key.Start.Column - 1 : null;
            var entry = mapping.Children.FirstOrDefault(c => step.Contains(((YamlScalarNode)c.Key).Value));
            if (entry.Key is null)
                return (entries, childColumn);
            var start = (int)entry.Key.Start.Line - 1;
            entries.Add(new(
                ((YamlScalarNode)entry.Key).Value!, start, LastLine(entry.Value, start) - start + 1, (int)entry.Key.Start.Column - 1,
                (entry.Value as YamlMappingNode)?.Children.Count ?? 0));
            node = entry.Value;
            childColumn = null;
        }
        return (entries, childColumn);
    }

    /// <summary>The last line (from 0) that belongs to a value. A block's end mark stands after its line ends, so leaves are asked.</summary>
    private static int LastLine(YamlNode node, int keyLine)
    {
        switch (node)
        {
            case YamlMappingNode { Children.Count: > 0, Style: not MappingStyle.Flow } mapping:
                return mapping.Children.Max(c => LastLine(c.Value, (int)c.Key.Start.Line - 1));
            case YamlSequenceNode { Style: not SequenceStyle.Flow } sequence when sequence.Any():
                return sequence.Max(i => LastLine(i, (int)i.Start.Line - 1));
            case YamlScalarNode { Style: ScalarStyle.Literal or ScalarStyle.Folded }:
                return Math.Max(keyLine, (int)node.End.Line - (node.End.Column <= 1 ? 2 : 1));
            default:
                return Math.Max(keyLine, (int)node.End.Line - 1);
        }
    }

    private static bool IsPlain(string text) =>
        text.Length > 0 && text.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '/' or '_' or '-' or '+' or '@') && char.IsAsciiLetterOrDigit(text[0]);

    // A whole number and a bool within a structured value are what they look like, as with the CLI; all else stays a text.
    private static bool IsText(string text) => text is "true" or "false" || !Misleading().IsMatch(text);

    private static string QuoteKey(string key) => IsPlain(key.Replace(":", "", StringComparison.Ordinal)) ? key : Quote(key);

    /// <summary>A text as a YAML scalar on one line; JSON strings are YAML too.</summary>
    private static string Quote(string value) => CanonicalInteger().IsMatch(value) || (IsPlain(value) && IsText(value)) ? value : System.Text.Json.JsonSerializer.Serialize(value, StackSettings.Json);

    [GeneratedRegex("^-?(0|[1-9][0-9]{0,17})$")]
    private static partial Regex CanonicalInteger();

    /// <summary>What YAML takes for a null, a bool, a number or a date, in one version or another.</summary>
    [GeneratedRegex("^([0-9][-+.0-9_a-fA-FxoTZ]*|null|true|false|y|n|yes|no|on|off)$", RegexOptions.IgnoreCase)]
    private static partial Regex Misleading();

    private static List<string> Lines(string text) => text.Length == 0 ? [] : [.. text.Split('\n')];

    /// <param name="Start">The line of the key, from 0.</param>
    /// <param name="Count">How many lines belong to it.</param>
    /// <param name="Column">Where the key begins in its line, from 0.</param>
    /// <param name="Children">How many entries it has, where it is a mapping.</param>
    private sealed record Found(string Key, int Start, int Count, int Column, int Children);
}
