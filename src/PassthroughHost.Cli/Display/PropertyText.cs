using System.Text.Json;
using DiffPlex.DiffBuilder;
using DiffPlex.DiffBuilder.Model;
using PassthroughInfra.Engine.Events;
using PassthroughInfra.Engine.Values;

namespace PassthroughInfra.Cli.Display;

/// <summary>Properties and their differences as lines, in the CLI's manner: a mark, the key, the value or <c>old =&gt; new</c>.</summary>
internal sealed class PropertyText(ConsoleWriter console, Action<string> line)
{
    private const int ContextLines = 3;
    private static readonly JsonSerializerOptions Json = new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>All entries of a map, each with the mark of an operation.</summary>
    public void Entries(PropertyMap map, StepOp op, int indent)
    {
        var width = Width(map.Keys);
        foreach (var (key, value) in map)
            Value(key.PadRight(width), value, op, indent);
    }

    /// <summary>The entries that differ between two maps.</summary>
    public void Differences(PropertyMap old, PropertyMap @new, int indent)
    {
        var changed = old.Keys.Union(@new.Keys, StringComparer.Ordinal).Order(StringComparer.Ordinal).Where(k => Differ(old.Get(k), @new.Get(k))).ToArray();
        var width = Width(changed);
        foreach (var key in changed)
            Difference(key.PadRight(width), old.Get(key), @new.Get(key), indent);
    }

    /// <summary>Whether two values differ for the person who looks: a secret and its plain value do not.</summary>
    public static bool Differ(PropertyValue? old, PropertyValue? @new) => (old, @new) switch
    {
        (null, null) => false,
        (null, _) or (_, null) => true,
        _ => @new.ContainsUnknowns || !old.WithoutSecrets().Equals(@new.WithoutSecrets()),
    };

    /// <summary>A value on one line.</summary>
    public static string Short(PropertyValue value) => value switch
    {
        PropertySecret => "[secret]",
        PropertyUnknown => "[unknown]",
        PropertyString text => JsonSerializer.Serialize(text.Value, Json),
        PropertyList list => "[" + string.Join(", ", list.Select(Short)) + "]",
        PropertyMap map => "{" + string.Join(", ", map.Select(e => $"{e.Key}: {Short(e.Value)}")) + "}",
        _ => value.ToString(),
    };

    private void Difference(string key, PropertyValue? old, PropertyValue? @new, int indent)
    {
        switch (old, @new)
        {
            case (null, { } added):
                Value(key, added, StepOp.Create, indent);
                break;
            case ({ } removed, null):
                Value(key, removed, StepOp.Delete, indent);
                break;
            case (PropertyMap from, PropertyMap to):
                Write(indent, StepOp.Update, $"{key}: {{");
                Differences(from, to, indent + 4);
                Write(indent, StepOp.Same, "}");
                break;
            case (PropertyList from, PropertyList to):
                Write(indent, StepOp.Update, $"{key}: [");
                for (var i = 0; i < Math.Max(from.Count, to.Count); i++)
                {
                    var (a, b) = (i < from.Count ? from[i] : null, i < to.Count ? to[i] : null);
                    if (Differ(a, b))
                        Difference($"[{i}]", a, b, indent + 4);
                }
                Write(indent, StepOp.Same, "]");
                break;
            case (PropertyString from, PropertyString to) when from.Value.Contains('\n', StringComparison.Ordinal) || to.Value.Contains('\n', StringComparison.Ordinal):
                Write(indent, StepOp.Update, $"{key}:");
                Lines(from.Value, to.Value, indent + 4);
                break;
            default:
                Write(indent, StepOp.Update, $"{key}: {Short(old!)} => {Short(@new!)}");
                break;
        }
    }

    private void Value(string key, PropertyValue value, StepOp op, int indent)
    {
        switch (value)
        {
            case PropertyMap { Count: > 0 } map:
                Write(indent, op, $"{key}: {{");
                Entries(map, op, indent + 4);
                Write(indent, StepOp.Same, "}");
                break;
            case PropertyList { Count: > 0 } list:
                Write(indent, op, $"{key}: [");
                for (var i = 0; i < list.Count; i++)
                    Value($"[{i}]", list[i], op, indent + 4);
                Write(indent, StepOp.Same, "]");
                break;
            case PropertyString text when text.Value.TrimEnd('\n').Contains('\n', StringComparison.Ordinal):
                Write(indent, op, $"{key}:");
                foreach (var part in text.Value.TrimEnd('\n').Split('\n'))
                    line(new string(' ', indent + 6) + console.In(op.ConsoleStyle, part));
                break;
            default:
                Write(indent, op, $"{key}: {Short(value)}");
                break;
        }
    }

    /// <summary>Two texts line by line, with a few unchanged lines around each change.</summary>
    private void Lines(string old, string @new, int indent)
    {
        var lines = InlineDiffBuilder.Diff(old, @new, ignoreWhiteSpace: false).Lines;
        var near = new bool[lines.Count];
        for (var i = 0; i < lines.Count; i++)
        {
            if (lines[i].Type == ChangeType.Unchanged)
                continue;
            for (var j = Math.Max(0, i - ContextLines); j <= Math.Min(lines.Count - 1, i + ContextLines); j++)
                near[j] = true;
        }
        var skipped = false;
        for (var i = 0; i < lines.Count; i++)
        {
            if (!near[i])
            {
                if (!skipped)
                    line(new string(' ', indent) + console.In(ConsoleStyle.Faint, "  ..."));
                skipped = true;
                continue;
            }
            skipped = false;
            var op = lines[i].Type switch
            {
                ChangeType.Inserted => StepOp.Create,
                ChangeType.Deleted => StepOp.Delete,
                _ => StepOp.Same,
            };
            Write(indent, op, lines[i].Text);
        }
    }

    private void Write(int indent, StepOp op, string text) => line(new string(' ', indent) + console.In(op.ConsoleStyle, $"{op.Mark} {text}"));

    private static int Width(IEnumerable<string> keys) => keys.Select(k => k.Length).DefaultIfEmpty(0).Max();
}
