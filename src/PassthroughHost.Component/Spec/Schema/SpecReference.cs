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
    public static string Markdown()
    {
        var text = new StringBuilder();
        Section(text, SpecReader.Root, SpecShapes.Machine);
        return text.ToString();
    }

    private static void Section(StringBuilder text, string path, ObjectShape shape)
    {
        text.Append($"## `{path}`\n\n| key | type | default | meaning | example |\n|---|---|---|---|---|\n");
        foreach (var member in shape.Members)
        {
            // Maps have a section of their own, which has their examples.
            var at = $"{path}.{member.Name}";
            var type = member.Shape.Words + (member.Unit is { } unit ? $", in {unit}" : "") + (member.Secret ? ", a secret" : "");
            var otherwise = member.Required ? "*required*" : member.Default is { } value ? Code(value) : "";
            text.Append($"| `{member.Name}` | {Cell(type)} | {otherwise} | {Cell(member.Description)} | {(!Objects(member.Shape).Any() && SpecExamples.Of(member, at) is { } shown ? Code(shown) : "")} |\n");
        }

        text.Append('\n');
        foreach (var member in shape.Members)
        {
            foreach (var (suffix, inner) in Objects(member.Shape))
            {
                Section(text, $"{path}.{member.Name}{suffix}", inner);
            }
        }
    }

    private static IEnumerable<(string Suffix, ObjectShape Shape)> Objects(SpecShape shape) => shape switch
    {
        ObjectShape known => [("", known)],
        ListShape list => Objects(list.Item).Select(o => ("[]" + o.Suffix, o.Shape)),
        MapShape map => Objects(map.Item).Select(o => (".<name>" + o.Suffix, o.Shape)),
        _ => [],
    };

    // As it may stand in a stack file: YAML reads JSON.
    private static string Code(JsonNode value) => $"`{Cell(value.ToJsonString(Compact))}`";

    private static string Cell(string text) => text.Replace("|", "\\|", StringComparison.Ordinal).Replace("\n", " ", StringComparison.Ordinal);
}
