using System.Text;
using PassthroughInfra.Engine.State;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;
using YamlDotNet.RepresentationModel;

namespace PassthroughInfra.Engine.Projects;

/// <summary>
/// Changes single entries of a stack file as text, so that its comments, order and layout stay. An entry is the lines from its key to the
/// next key of the same depth.
/// </summary>
internal static class StackFileEditor
{
    /// <summary>Sets <c>encryptionsalt:</c>, at the end where it is new, as the CLI does.</summary>
    public static void SetSalt(string file, string salt) => Edit(file, text => SetEntry(text, [], "encryptionsalt", [$"encryptionsalt: {salt}"]));

    /// <summary>Sets one entry of <c>config:</c> to a text.</summary>
    public static void SetConfig(string file, string key, string value) =>
        Edit(file, text => SetEntry(text, ["config"], key, [$"  {key}: {Quote(value)}"]));

    /// <summary>Sets one entry of <c>config:</c> to an encrypted text.</summary>
    public static void SetSecret(string file, string key, string ciphertext) =>
        Edit(file, text => SetEntry(text, ["config"], key, [$"  {key}:", $"    secure: {ciphertext}"]));

    /// <summary>Removes one entry of <c>config:</c>; gives whether it was there.</summary>
    public static bool RemoveConfig(string file, string key)
    {
        var found = false;
        Edit(file, text =>
        {
            var lines = Lines(text);
            if (Find(text, ["config"], key) is not { } range)
                return text;
            found = true;
            lines.RemoveRange(range.Start, range.Count);
            // An empty mapping would read as null.
            var left = string.Join('\n', lines);
            if (Yaml.Get(Yaml.Parse(left), "config") is not YamlMappingNode && Find(left, [], "config") is { } config)
                lines.RemoveRange(config.Start, config.Count);
            return string.Join('\n', lines);
        });
        return found;
    }

    private static void Edit(string file, Func<string, string> edit)
    {
        var text = File.Exists(file) ? File.ReadAllText(file) : "";
        var edited = edit(text);
        if (edited != text)
            FileBackend.WriteAtomically(file, Encoding.UTF8.GetBytes(edited));
    }

    private static string SetEntry(string text, string[] path, string key, IReadOnlyList<string> entry)
    {
        var lines = Lines(text);
        if (Find(text, path, key) is { } range)
        {
            lines.RemoveRange(range.Start, range.Count);
            lines.InsertRange(range.Start, entry);
        }
        else if (path.Length > 0 && Find(text, [], path[0]) is { } parent)
        {
            lines.InsertRange(parent.Start + parent.Count, entry);
        }
        else
        {
            while (lines.Count > 0 && lines[^1].Length == 0)
                lines.RemoveAt(lines.Count - 1);
            if (path.Length > 0)
                lines.Add(path[0] + ":");
            lines.AddRange(entry);
            lines.Add("");
        }
        return string.Join('\n', lines);
    }

    private static (int Start, int Count)? Find(string text, string[] path, string key)
    {
        YamlNode node = Yaml.Parse(text);
        foreach (var step in path)
        {
            if (Yaml.Get(node, step) is not { } next)
                return null;
            node = next;
        }
        if (node is not YamlMappingNode mapping)
            return null;
        if (mapping.Style == MappingStyle.Flow)
            throw new EngineException($"'{key}' belongs within braces in the stack file, which cannot be edited line by line; change it by hand.");
        var entry = mapping.Children.FirstOrDefault(c => ((YamlScalarNode)c.Key).Value == key);
        if (entry.Key is null)
            return null;
        var start = (int)entry.Key.Start.Line - 1;
        return (start, LastLine(entry.Value, start) - start + 1);
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

    /// <summary>A text as a YAML scalar on one line; JSON strings are YAML too.</summary>
    private static string Quote(string value) => value.Length > 0 && value.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '/' or '_' or '-' or '+' or '@') && char.IsAsciiLetterOrDigit(value[0])
        ? value
        : System.Text.Json.JsonSerializer.Serialize(value, StackSettings.Json);

    private static List<string> Lines(string text) => text.Length == 0 ? [] : [.. text.Split('\n')];
}
