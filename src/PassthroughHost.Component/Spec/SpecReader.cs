using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;

namespace PassthroughInfra.Component.Spec;

/// <summary>
/// Turns what the user wrote (JSON, as Pulumi hands over a structured config value) into a <see cref="MachineSpec"/>, or says where and why
/// not. Only what the text alone shows is judged here; what depends on the machine is judged by the planners.
/// </summary>
public static class SpecReader
{
    /// <summary>The name under which the spec stands in the stack file, and the root of every path in an error.</summary>
    public const string Root = "machine";

    /// <summary>How the spec and everything else this project writes as JSON is written.</summary>
    public static JsonSerializerOptions Json { get; } = MakeOptions();

    /// <summary>Reads a spec.</summary>
    /// <param name="machine">The value of <c>passthrough-infra:machine</c>.</param>
    /// <exception cref="SpecException">An unknown key, a missing or malformed value, or values that contradict each other.</exception>
    public static MachineSpec Read(JsonElement machine)
    {
        var unknown = new List<SpecError>();
        CheckKeys(machine, Json.GetTypeInfo(typeof(MachineSpec)), Root, unknown);
        if (unknown.Count > 0)
        {
            throw new SpecException(unknown);
        }

        MachineSpec spec;
        try
        {
            spec = machine.Deserialize<MachineSpec>(Json)
                ?? throw new SpecException(new SpecError(Root, "is empty", "describe the machine: connection, devices, … (docs/reference.md)"));
        }
        catch (JsonException e)
        {
            throw new SpecException(Explain(e));
        }

        var errors = SpecRules.Check(spec);
        return errors.Count == 0 ? spec : throw new SpecException(errors);
    }

    /// <summary>Reads a spec from its JSON text.</summary>
    /// <exception cref="SpecException">As <see cref="Read(JsonElement)"/>; also where the text is no JSON.</exception>
    public static MachineSpec Read(string json)
    {
        try
        {
            using var document = JsonDocument.Parse(json);
            return Read(document.RootElement);
        }
        catch (JsonException e)
        {
            throw new SpecException(new SpecError(Root, "is not valid JSON: " + e.Message, "write it as in docs/reference.md"));
        }
    }

    private static JsonSerializerOptions MakeOptions()
    {
        var options = new JsonSerializerOptions
        {
            PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
            DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
            UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
            AllowDuplicateProperties = false,
            RespectNullableAnnotations = true,
            WriteIndented = true,
            NewLine = "\n",
            Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
            TypeInfoResolver = new SpecTypes(),
        };
        options.Converters.Add(new SpecTextOrListConverterFactory());
        options.Converters.Add(new SpecTextConverterFactory());
        options.Converters.Add(new SpecEnumConverterFactory());
        options.MakeReadOnly();
        return options;
    }

    private static void CheckKeys(JsonElement element, JsonTypeInfo type, string path, List<SpecError> errors)
    {
        if (type.Kind == JsonTypeInfoKind.Enumerable && element.ValueKind == JsonValueKind.Array)
        {
            var itemType = Json.GetTypeInfo(type.ElementType!);
            var index = 0;
            foreach (var item in element.EnumerateArray())
            {
                CheckKeys(item, itemType, $"{path}[{index++}]", errors);
            }
        }
        else if (type.Kind == JsonTypeInfoKind.Dictionary && element.ValueKind == JsonValueKind.Object)
        {
            var valueType = Json.GetTypeInfo(type.ElementType!);
            foreach (var entry in element.EnumerateObject())
            {
                CheckKeys(entry.Value, valueType, $"{path}.{entry.Name}", errors);
            }
        }
        else if (type.Kind == JsonTypeInfoKind.Object && element.ValueKind == JsonValueKind.Object)
        {
            var known = type.Properties.ToDictionary(p => p.Name, StringComparer.Ordinal);
            foreach (var property in element.EnumerateObject())
            {
                if (known.TryGetValue(property.Name, out var info))
                {
                    CheckKeys(property.Value, Json.GetTypeInfo(info.PropertyType), $"{path}.{property.Name}", errors);
                }
                else
                {
                    errors.Add(new($"{path}.{property.Name}", "is not a known key", Suggest(property.Name, known.Keys)));
                }
            }
        }
    }

    private static string Suggest(string written, IReadOnlyCollection<string> known)
    {
        var nearest = known.MinBy(k => Distance(written.ToLowerInvariant(), k.ToLowerInvariant()));
        var hint = nearest is not null && Distance(written.ToLowerInvariant(), nearest.ToLowerInvariant()) <= 2 ? $"did you mean \"{nearest}\"? " : "";
        return $"{hint}known here: {string.Join(", ", known)}";
    }

    private static int Distance(string a, string b)
    {
        var row = Enumerable.Range(0, b.Length + 1).ToArray();
        for (var i = 1; i <= a.Length; i++)
        {
            var diagonal = row[0];
            row[0] = i;
            for (var j = 1; j <= b.Length; j++)
            {
                (diagonal, row[j]) = (row[j], Math.Min(Math.Min(row[j], row[j - 1]) + 1, diagonal + (a[i - 1] == b[j - 1] ? 0 : 1)));
            }
        }

        return row[^1];
    }

    private static SpecError Explain(JsonException e)
    {
        var path = Root + (e.Path ?? "$")[1..];
        var message = e.Message;
        var ours = message.Split('|');
        if (ours.Length == 2)
        {
            return new(path, ours[0], ours[1]);
        }

        // System.Text.Json: "JSON deserialization for type '…' was missing required properties including: 'host', 'user'."
        const string missing = "was missing required properties including: ";
        var at = message.IndexOf(missing, StringComparison.Ordinal);
        if (at >= 0)
        {
            var names = message[(at + missing.Length)..].Split('.')[0].Replace("'", "", StringComparison.Ordinal);
            return new($"{path}.{names.Split(',')[0]}", "is missing", $"needed here: {names} (docs/reference.md)");
        }

        return new(path, "has a value of the wrong kind", message.Split(" Path:")[0]);
    }
}
