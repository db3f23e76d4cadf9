using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace PassthroughInfra.Component.Spec.Schema;

/// <summary>
/// An example of every key of the spec. What is no word, and no text whose type gives one, is in examples.json beside this file, which a test takes from the
/// stack files and the tested cases: an example is never wrong.
/// </summary>
public static class SpecExamples
{
    private const string Entry = ".<name>";

    private static readonly JsonSerializerOptions Compact = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private static readonly Lazy<JsonObject> Taken = new(() =>
    {
        using var stream = typeof(SpecExamples).Assembly.GetManifestResourceStream("examples.json")!;
        return JsonNode.Parse(stream)!.AsObject();
    });

    /// <summary>An example of a key's value.</summary>
    /// <param name="member">The key.</param>
    /// <param name="path">Its path with no numbers and names: <c>machine.devices[].id</c>.</param>
    public static JsonNode? Of(SpecMember member, string path) => member.Secret ? new JsonObject { ["secure"] = "…" } : Of(member.Shape, path, member.Default);

    /// <summary>An example of whatever stands at a place.</summary>
    /// <param name="shape">What may stand there.</param>
    /// <param name="path">Its path with no numbers and names.</param>
    /// <param name="otherwise">What holds where it is left out.</param>
    public static JsonNode? Of(SpecShape shape, string path, JsonNode? otherwise = null) => Find(path)?.DeepClone() ?? shape switch
    {
        TextShape { Examples: [var first, ..] } => JsonValue.Create(first),
        WordShape words => JsonValue.Create(words.Values.FirstOrDefault(w => w != otherwise?.GetValue<string>())),
        BooleanShape => JsonValue.Create(otherwise is null || !otherwise.GetValue<bool>()),
        ListShape list => Of(list.Item, path + "[]") is { } item ? new JsonArray(item) : new JsonArray(),
        MapShape map => Of(map.Item, path + Entry) is { } item ? new JsonObject { [map.Key is IntegerShape ? "0" : "name"] = item } : new JsonObject(),
        ObjectShape known => new JsonObject((known.Members.Where(m => m.Required).ToList() is { Count: > 0 } needed ? needed : known.Members.Take(1))
            .Select(m => KeyValuePair.Create(m.Name, Of(m, $"{path}.{m.Name}")))),
        _ => otherwise?.DeepClone(),
    };

    // An entry of a list or a map is one of its example's.
    private static JsonNode? Find(string path) =>
        Taken.Value[path] is { } own ? own
        : path.EndsWith("[]", StringComparison.Ordinal) ? Find(path[..^2]) is JsonArray { Count: > 0 } list ? list[0] : null
        : path.EndsWith(Entry, StringComparison.Ordinal) ? (Find(path[..^Entry.Length]) as JsonObject)?.FirstOrDefault().Value
        : null;

    /// <summary>A value as it may stand in a stack file, on one line.</summary>
    public static string Text(JsonNode? value) => value switch
    {
        JsonObject { Count: 0 } => "{}",
        JsonObject map => $"{{ {string.Join(", ", map.Select(e => $"{e.Key}: {Text(e.Value)}"))} }}",
        JsonArray list => $"[{string.Join(", ", list.Select(Text))}]",
        null => "null",
        _ => value.ToJsonString(Compact),
    };
}
