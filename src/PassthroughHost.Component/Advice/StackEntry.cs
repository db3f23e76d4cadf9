using System.Collections;
using System.Globalization;
using System.Text.Json.Nodes;

namespace PassthroughInfra.Component.Advice;

/// <summary>One key of a stack file with its value and what is said above it.</summary>
/// <param name="Key">The key.</param>
/// <param name="Value">A text, number, truth value, list, or <see cref="StackMap"/>.</param>
/// <param name="Comment">Lines of explanation; empty for none.</param>
public sealed record StackEntry(string Key, object Value, string Comment = "");

/// <summary>A mapping of a stack file, in the order it is written.</summary>
/// <param name="Entries">Its entries.</param>
/// <param name="Flow">Whether it stands on one line: <c>{ a: 1, b: 2 }</c>.</param>
public sealed record StackMap(IReadOnlyList<StackEntry> Entries, bool Flow = false)
{
    /// <summary>The same as JSON, without the comments.</summary>
    public JsonObject ToJson() => new(Entries.Select(e => KeyValuePair.Create(e.Key, Node(e.Value))));

    private static JsonNode? Node(object value) => value switch
    {
        StackMap map => map.ToJson(),
        bool truth => JsonValue.Create(truth),
        int or long => JsonValue.Create(Convert.ToInt64(value, CultureInfo.InvariantCulture)),
        IEnumerable list and not string => new JsonArray([.. list.Cast<object>().Select(Node)]),
        _ => JsonValue.Create(value.ToString()),
    };
}
