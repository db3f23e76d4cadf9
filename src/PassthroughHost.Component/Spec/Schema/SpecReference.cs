using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace PassthroughInfra.Component.Spec.Schema;

/// <summary>The spec as a page for people: every key with its type, default, unit, meaning and an example.</summary>
public static class SpecReference
{
    private static readonly JsonSerializerOptions Compact = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Writes the tables, in Markdown.</summary>
    /// <param name="example">
    /// An example for a key by its path, <c>machine.devices[].id</c>, as JSON; null where there is none and the shape's own serves. Taken from files
    /// that are tested, an example is never wrong.
    /// </param>
    public static string Markdown(Func<string, JsonNode?> example)
    {
        var text = new StringBuilder();
        Section(text, SpecReader.Root, SpecShapes.Machine, example);
        return text.ToString();
    }

    private static void Section(StringBuilder text, string path, ObjectShape shape, Func<string, JsonNode?> example)
    {
        text.Append($"## `{path}`\n\n| key | type | default | meaning | example |\n|---|---|---|---|---|\n");
        foreach (var member in shape.Members)
        {
            var at = $"{path}.{member.Name}";
            var type = member.Shape.Words + (member.Unit is { } unit ? $", in {unit}" : "") + (member.Secret ? ", a secret" : "");
            var otherwise = member.Required ? "*required*" : member.Default is { } value ? Code(value) : "";
            text.Append($"| `{member.Name}` | {Cell(type)} | {otherwise} | {Cell(member.Description)} | {(Example(member, example(at)) is { } shown ? Code(shown) : "")} |\n");
        }

        text.Append('\n');
        foreach (var member in shape.Members)
        {
            foreach (var (suffix, inner) in Objects(member.Shape))
            {
                Section(text, $"{path}.{member.Name}{suffix}", inner, example);
            }
        }
    }

    private static IEnumerable<(string Suffix, ObjectShape Shape)> Objects(SpecShape shape) => shape switch
    {
        ObjectShape known => [("", known)],
        ListShape list => Objects(list.Item).Select(o => ("[]" + o.Suffix, o.Shape)),
        MapShape map => Objects(map.Value).Select(o => (".<name>" + o.Suffix, o.Shape)),
        _ => [],
    };

    // Maps have a section of their own, which has their examples.
    private static JsonNode? Example(SpecMember member, JsonNode? found) =>
        Objects(member.Shape).Any() ? null
        : member.Secret ? new JsonObject { ["secure"] = "…" }
        : found ?? member.Shape switch
        {
            TextShape { Examples: [var first, ..] } => JsonValue.Create(first),
            WordShape words => JsonValue.Create(words.Values.FirstOrDefault(w => w != member.Default?.GetValue<string>())),
            BooleanShape => JsonValue.Create(member.Default is not { } value || !value.GetValue<bool>()),
            _ => member.Default?.DeepClone(),
        };

    // As it may stand in a stack file: YAML reads JSON.
    private static string Code(JsonNode value) => $"`{Cell(value.ToJsonString(Compact))}`";

    private static string Cell(string text) => text.Replace("|", "\\|", StringComparison.Ordinal).Replace("\n", " ", StringComparison.Ordinal);
}
