using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace PassthroughInfra.Engine.Projects;

/// <summary>
/// Refuses a YAML document that is small as text and endless as a value: nested without end, an alias within what it stands for, or aliases of aliases that
/// multiply. Whoever walks the value afterwards can do so without counting.
/// </summary>
internal static class YamlBounds
{
    /// <summary>As deep as the JSON that a program is given its configuration in may be.</summary>
    private const int Deepest = 60;

    /// <summary>How many values a document may come to, those that aliases stand for counted each time.</summary>
    private const long Most = 100_000;

    /// <exception cref="FormatException">The document is refused; the message says why.</exception>
    /// <exception cref="YamlException">It is no YAML.</exception>
    public static void Check(string text)
    {
        var parser = new Parser(new StringReader(text));
        var open = new Stack<Node>();
        var known = new Dictionary<AnchorName, Node>();
        var total = 0L;
        while (parser.MoveNext())
        {
            switch (parser.Current)
            {
                case AnchorAlias alias:
                    // YamlDotNet itself refuses an alias of what does not come before it.
                    if (!known.TryGetValue(alias.Value, out var meant))
                        break;
                    if (open.Contains(meant))
                        throw new FormatException($"line {alias.Start.Line}: the alias *{alias.Value} is within what it stands for: the value has no end");
                    Add(alias, meant.Size, meant.Depth);
                    break;
                case NodeEvent node:
                    var made = new Node();
                    if (!node.Anchor.IsEmpty)
                        known[node.Anchor] = made;
                    Add(node, 1, 1);
                    if (node is MappingStart or SequenceStart)
                        open.Push(made);
                    break;
                case MappingEnd or SequenceEnd:
                    var closed = open.Pop();
                    if (open.TryPeek(out var outer))
                        outer.Depth = Math.Max(outer.Depth, closed.Depth + 1);
                    break;
            }
        }

        void Add(ParsingEvent at, long size, int depth)
        {
            total += size;
            if (total > Most)
                throw new FormatException($"line {at.Start.Line}: the document comes to more than {Most} values here, aliases counted as what they stand for");
            if (open.Count + depth > Deepest)
                throw new FormatException($"line {at.Start.Line}: the value is nested deeper than {Deepest} levels");
            foreach (var within in open)
                within.Size += size;
            if (open.TryPeek(out var outer))
                outer.Depth = Math.Max(outer.Depth, depth + 1);
        }
    }

    private sealed class Node
    {
        public long Size { get; set; } = 1;

        public int Depth { get; set; } = 1;
    }
}
