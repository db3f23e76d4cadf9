using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace PassthroughInfra.Component.Spec.Schema;

/// <summary>
/// The spec as a JSON Schema, for editors. Draft 7, which is what the YAML language server of the editors reads; source:
/// <c>json-schema.org/draft-07</c>. What only holds between values, or on a certain machine, a schema cannot say: that is left to the preview.
/// </summary>
public static class SpecSchema
{
    /// <summary>The key of a stack file under which a machine stands.</summary>
    public const string MachineKey = "passthrough-infra:" + SpecReader.Root;

    /// <summary>The key of a stack file under which a fleet stands.</summary>
    public const string FleetKey = "passthrough-infra:" + FleetReader.Root;

    /// <summary>The schema of a machine's stack file, whatever else Pulumi keeps there.</summary>
    public static JsonObject MachineStack()
    {
        var definitions = new SortedDictionary<string, JsonNode>(StringComparer.Ordinal);
        return StackFile("A machine: Pulumi.<machine>.yaml of PassthroughInfra", MachineKey, Of(SpecShapes.Machine, definitions, partial: false), definitions);
    }

    /// <summary>The schema of a fleet's stack file: machines that may leave out what <c>defaults</c> say.</summary>
    public static JsonObject FleetStack()
    {
        var definitions = new SortedDictionary<string, JsonNode>(StringComparer.Ordinal);
        var machine = Of(SpecShapes.Machine, definitions, partial: true);
        var fleet = new JsonObject
        {
            ["type"] = "object",
            ["additionalProperties"] = false,
            ["required"] = new JsonArray(FleetReader.Machines),
            ["properties"] = new JsonObject
            {
                [FleetReader.Defaults] = Described(machine.DeepClone().AsObject(), FleetReader.DefaultsDescription),
                [FleetReader.Machines] = new JsonObject
                {
                    ["description"] = FleetReader.MachinesDescription,
                    ["type"] = "object",
                    ["minProperties"] = 1,
                    ["propertyNames"] = new JsonObject { ["pattern"] = FleetReader.NamePattern },
                    ["additionalProperties"] = machine,
                },
            },
        };
        return StackFile("A fleet: Pulumi.<fleet>.yaml of PassthroughInfra's stacks/Fleet", FleetKey, fleet, definitions);
    }

    private static JsonObject StackFile(string title, string key, JsonNode value, SortedDictionary<string, JsonNode> definitions) => new()
    {
        ["$schema"] = "http://json-schema.org/draft-07/schema#",
        ["title"] = title,
        ["type"] = "object",
        ["required"] = new JsonArray("config"),
        ["properties"] = new JsonObject
        {
            ["config"] = new JsonObject
            {
                ["type"] = "object",
                ["required"] = new JsonArray(key),
                ["properties"] = new JsonObject { [key] = value },
            },
        },
        ["definitions"] = new JsonObject(definitions.Select(d => KeyValuePair.Create(d.Key, (JsonNode?)d.Value))),
    };

    // partial: what is merged with something else may lack what must be there in the end. Lists are not merged, so their entries are whole.
    private static JsonObject Of(SpecShape shape, SortedDictionary<string, JsonNode> definitions, bool partial) => shape switch
    {
        TextShape text => Text(text.Pattern, text.Examples),
        StringShape => new() { ["type"] = "string" },
        WordShape words => new() { ["type"] = "string", ["enum"] = new JsonArray([.. words.Values.Select(v => JsonValue.Create(v))]) },
        BooleanShape => new() { ["type"] = "boolean" },
        IntegerShape => new() { ["type"] = "integer" },
        ListShape list => new() { ["type"] = "array", ["items"] = Of(list.Item, definitions, partial: false) },
        MapShape map => new()
        {
            ["type"] = "object",
            ["propertyNames"] = map.Key is IntegerShape ? new JsonObject { ["pattern"] = "^[0-9]+$" } : Of(map.Key, definitions, partial: false),
            ["additionalProperties"] = Of(map.Item, definitions, partial: false),
        },
        TextOrListShape either => new() { ["anyOf"] = new JsonArray(Text(either.Pattern, []), new JsonObject { ["type"] = "array", ["items"] = Text(either.ItemPattern, []) }) },
        ObjectShape known => Reference(known, definitions, partial),
        _ => throw new NotSupportedException($"{shape.GetType()} has no schema."),
    };

    // YAML reads 3000 as a number; so does the reader, where the digits alone are a valid text.
    private static JsonObject Text(string pattern, IReadOnlyList<string> examples)
    {
        var text = new JsonObject { ["type"] = "string", ["pattern"] = pattern };
        if (examples.Count > 0)
        {
            text["examples"] = new JsonArray([.. examples.Select(e => JsonValue.Create(e))]);
        }

        return Regex.IsMatch("2", pattern) ? new() { ["anyOf"] = new JsonArray(text, new JsonObject { ["type"] = "integer", ["minimum"] = 0 }) } : text;
    }

    private static JsonObject Reference(ObjectShape shape, SortedDictionary<string, JsonNode> definitions, bool partial)
    {
        var name = shape.Type.Name + (partial ? "InPart" : "");
        if (definitions.TryAdd(name, new JsonObject()))
        {
            var required = partial ? [] : shape.Members.Where(m => m.Required).Select(m => (JsonNode?)JsonValue.Create(m.Name)).ToArray();
            var definition = new JsonObject { ["type"] = "object", ["additionalProperties"] = false };
            if (required.Length > 0)
            {
                definition["required"] = new JsonArray(required);
            }

            definition["properties"] = new JsonObject(shape.Members.Select(m => KeyValuePair.Create(m.Name, (JsonNode?)Member(m, definitions, partial))));
            definitions[name] = definition;
        }

        return new() { ["$ref"] = $"#/definitions/{name}" };
    }

    private static JsonObject Member(SpecMember member, SortedDictionary<string, JsonNode> definitions, bool partial)
    {
        var schema = Of(member.Shape, definitions, partial);
        if (member.Secret)
        {
            var sealedValue = new JsonObject
            {
                ["type"] = "object",
                ["required"] = new JsonArray("secure"),
                ["additionalProperties"] = false,
                ["properties"] = new JsonObject { ["secure"] = new JsonObject { ["type"] = "string" } },
            };
            schema = new() { ["anyOf"] = new JsonArray(schema, sealedValue) };
        }

        schema = Described(schema, member.Description);
        if (member.Default is not null)
        {
            schema["default"] = member.Default.DeepClone();
        }

        return schema;
    }

    // In draft 7 whatever stands beside a $ref is ignored.
    private static JsonObject Described(JsonObject schema, string description) => schema.ContainsKey("$ref")
        ? new() { ["description"] = description, ["allOf"] = new JsonArray(schema) }
        : new([KeyValuePair.Create("description", (JsonNode?)JsonValue.Create(description)), .. schema.Select(p => KeyValuePair.Create(p.Key, p.Value?.DeepClone()))]);
}
