using System.Collections;
using System.Globalization;
using System.Text.RegularExpressions;
using PassthroughInfra.Component.Advice;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace PassthroughInfra.Cli.Init;

/// <summary>Writes YAML with comments. Every key and value goes through the YAML library, which quotes what must be.</summary>
internal static partial class YamlText
{
    private const int Width = 118;

    /// <summary>A whole document: lines of comment, and a mapping.</summary>
    public static string Write(string comment, StackMap root)
    {
        using var writer = new StringWriter { NewLine = "\n" };
        var emitter = new Emitter(writer, new EmitterSettings(bestIndent: 2, bestWidth: int.MaxValue, isCanonical: false, maxSimpleKeyLength: 1024, skipAnchorName: false, indentSequences: true));
        emitter.Emit(new StreamStart());
        emitter.Emit(new DocumentStart(null, null, isImplicit: true));
        Map(emitter, root);
        emitter.Emit(new DocumentEnd(isImplicit: true));
        emitter.Emit(new StreamEnd());
        return string.Concat(Wrap(comment, Width).Select(l => $"# {l}\n")) + writer;
    }

    private static void Map(Emitter emitter, StackMap map)
    {
        emitter.Emit(new MappingStart(default, default, isImplicit: true, map.Flow ? MappingStyle.Flow : MappingStyle.Block));
        foreach (var entry in map.Entries)
        {
            foreach (var line in Wrap(entry.Comment, Width - 8))
                emitter.Emit(new Comment(line, isInline: false));
            Scalar(emitter, entry.Key);
            Value(emitter, entry.Value);
        }
        emitter.Emit(new MappingEnd());
    }

    private static void Value(Emitter emitter, object value)
    {
        switch (value)
        {
            case StackMap map:
                Map(emitter, map);
                break;
            case IEnumerable list and not string:
                var items = list.Cast<object>().ToList();
                emitter.Emit(new SequenceStart(default, default, isImplicit: true, items.Any(i => i is StackMap) ? SequenceStyle.Block : SequenceStyle.Flow));
                foreach (var item in items)
                    Value(emitter, item);
                emitter.Emit(new SequenceEnd());
                break;
            case bool or int or long:
                emitter.Emit(new Scalar(default, default, string.Format(CultureInfo.InvariantCulture, "{0}", value).ToLowerInvariant(), ScalarStyle.Plain, isPlainImplicit: true, isQuotedImplicit: false));
                break;
            default:
                Scalar(emitter, value.ToString() ?? "");
                break;
        }
    }

    // What could be read as a number, a time or a truth value is quoted.
    private static void Scalar(Emitter emitter, string text) =>
        emitter.Emit(new Scalar(default, default, text, Plain().IsMatch(text) && !Words().IsMatch(text) ? ScalarStyle.Plain : ScalarStyle.DoubleQuoted, isPlainImplicit: true, isQuotedImplicit: true));

    /// <summary>The words of a text in lines of a width; its own line ends stay.</summary>
    private static IEnumerable<string> Wrap(string text, int width)
    {
        // What a machine calls itself may hold anything; only this project's own line ends may end a comment.
        foreach (var paragraph in text.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(p => Unprintable().Replace(p, " ")))
        {
            var line = "";
            foreach (var word in paragraph.Split(' '))
            {
                if (line.Length > 0 && line.Length + 1 + word.Length > width)
                {
                    yield return line;
                    line = "";
                }
                line = line.Length == 0 ? word : $"{line} {word}";
            }
            yield return line;
        }
    }

    [GeneratedRegex(@"^([A-Za-z/~][A-Za-z0-9_./+=@~-]*(:[A-Za-z0-9_./+=@~-]+)*( [A-Za-z0-9_./+=@~-]+)*|[0-9]+(M|G|MiB|GiB|TiB)|[0-9]+\.[0-9]+\.[0-9]+\.[0-9]+(/[0-9]+)?)\z")]
    private static partial Regex Plain();

    [GeneratedRegex(@"[\p{C}\u0085\u2028\u2029]+")]
    private static partial Regex Unprintable();

    [GeneratedRegex(@"^(true|false|yes|no|on|off|null|y|n)\z", RegexOptions.IgnoreCase)]
    private static partial Regex Words();
}
