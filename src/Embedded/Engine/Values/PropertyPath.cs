using System.Collections.Immutable;
using System.Globalization;
using System.Text;

namespace PassthroughInfra.Engine.Values;

/// <summary>
/// A place within a resource's properties, as resource options and detailed differences write it: <c>a.b[0]["c.d"]</c>, with <c>*</c>
/// for every key or index.
/// </summary>
/// <param name="Steps">Keys (string) and indexes (int), from the outside in; the key <c>*</c> stands for each.</param>
public sealed record PropertyPath(ImmutableArray<object> Steps)
{
    /// <summary>The place of the whole.</summary>
    public static PropertyPath Root { get; } = new([]);

    /// <summary>The place one key further in.</summary>
    public PropertyPath Append(string key) => new(Steps.Add(key));

    /// <summary>The place one index further in.</summary>
    public PropertyPath Append(int index) => new(Steps.Add(index));

    /// <summary>The top-level property this lies in; empty for the whole.</summary>
    public string TopKey => Steps.Length > 0 ? Steps[0].ToString()! : "";

    /// <summary>Reads a path; an unclosed bracket or quote is an error.</summary>
    /// <exception cref="FormatException">The text is no path.</exception>
    public static PropertyPath Parse(string text)
    {
        var steps = ImmutableArray.CreateBuilder<object>();
        for (var at = 0; at < text.Length;)
        {
            if (text[at] == '.')
            {
                at++;
                continue;
            }
            if (text[at] != '[')
            {
                var end = text.IndexOfAny(['.', '['], at);
                end = end < 0 ? text.Length : end;
                steps.Add(text[at..end]);
                at = end;
                continue;
            }
            var close = at + 1 < text.Length && text[at + 1] == '"' ? ReadQuoted(text, at + 2, steps) : ReadIndex(text, at + 1, steps);
            if (close >= text.Length || text[close] != ']')
                throw new FormatException($"The property path '{text}' has a '[' that is not closed.");
            at = close + 1;
        }
        return new(steps.ToImmutable());
    }

    /// <summary>Whether a place is this place or lies within it; <c>*</c> here matches each key and index.</summary>
    public bool Contains(PropertyPath place)
    {
        if (place.Steps.Length < Steps.Length)
            return false;
        for (var i = 0; i < Steps.Length; i++)
        {
            if (!Equals(Steps[i], "*") && !Equals(Steps[i], place.Steps[i]))
                return false;
        }
        return true;
    }

    public bool Equals(PropertyPath? other) => other is not null && Steps.AsSpan().SequenceEqual(other.Steps.AsSpan());

    public override int GetHashCode() => Steps.Aggregate(17, HashCode.Combine);

    public override string ToString()
    {
        var text = new StringBuilder();
        foreach (var step in Steps)
        {
            switch (step)
            {
                case int index:
                    text.Append(CultureInfo.InvariantCulture, $"[{index}]");
                    break;
                case string key when key.AsSpan().IndexOfAny(".[]\"") >= 0 || key.Length == 0:
                    text.Append("[\"").Append(key.Replace("\"", "\\\"", StringComparison.Ordinal)).Append("\"]");
                    break;
                default:
                    text.Append(text.Length > 0 ? "." : "").Append(step);
                    break;
            }
        }
        return text.ToString();
    }

    private static int ReadQuoted(string text, int at, ImmutableArray<object>.Builder steps)
    {
        var key = new StringBuilder();
        for (; at < text.Length && text[at] != '"'; at++)
        {
            if (text[at] == '\\' && at + 1 < text.Length && text[at + 1] == '"')
                at++;
            key.Append(text[at]);
        }
        steps.Add(key.ToString());
        return at + 1;
    }

    private static int ReadIndex(string text, int at, ImmutableArray<object>.Builder steps)
    {
        var close = text.IndexOf(']', at);
        if (close < 0)
            return text.Length;
        var inner = text[at..close];
        steps.Add(int.TryParse(inner, NumberStyles.None, CultureInfo.InvariantCulture, out var index) ? index : inner == "*" ? "*"
            : throw new FormatException($"The property path '{text}' has '[{inner}]', which is neither a number, '*' nor a quoted key."));
        return close;
    }
}
