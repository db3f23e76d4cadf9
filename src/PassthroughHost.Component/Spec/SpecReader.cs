using System.Text.Json;

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
    public static JsonSerializerOptions Json { get; } = ValueJson.Options(new SpecTypes());

    /// <summary>Reads a spec.</summary>
    /// <param name="machine">The value of <c>passthrough-infra:machine</c>.</param>
    /// <exception cref="SpecException">An unknown key, a missing or malformed value, or values that contradict each other.</exception>
    public static MachineSpec Read(JsonElement machine)
    {
        // A null among the entries of a list or a map is taken by the deserializer.
        if (HasNull(machine) && SpecProblems.Of(machine) is { Count: > 0 } nulls)
        {
            throw new SpecException(nulls);
        }

        MachineSpec spec;
        try
        {
            spec = machine.Deserialize<MachineSpec>(Json)!;
        }
        catch (JsonException)
        {
            throw new SpecException(SpecProblems.Of(machine) is { Count: > 0 } problems ? problems : [new(Root, "cannot be read", "compare it with docs/reference.md")]);
        }

        var errors = SpecRules.Check(spec);
        return errors.Count == 0 ? spec : throw new SpecException([.. errors.Select(SpecProblems.Complete)]);
    }

    /// <summary>Reads a spec from its JSON text.</summary>
    /// <exception cref="SpecException">As <see cref="Read(JsonElement)"/>; also where the text is no JSON.</exception>
    public static MachineSpec Read(string json) => Parse(json, Root, machine => Read(machine));

    /// <summary>Reads what Pulumi hands over as text: the JSON of a map or a list, and any other value as it is.</summary>
    internal static T Parse<T>(string json, string root, Func<JsonElement, T> read)
    {
        JsonDocument document;
        try
        {
            document = JsonDocument.Parse(json);
        }
        catch (JsonException e) when (json.TrimStart() is ['{' or '[', ..])
        {
            throw new SpecException(new SpecError(root, $"is not JSON: line {e.LineNumber + 1}, column {e.BytePositionInLine + 1} cannot be understood", "write it as in docs/reference.md"));
        }
        catch (JsonException)
        {
            document = JsonSerializer.SerializeToDocument(json);
        }

        using (document)
        {
            return read(document.RootElement);
        }
    }

    private static bool HasNull(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.Null => true,
        JsonValueKind.Object => element.EnumerateObject().Any(p => HasNull(p.Value)),
        JsonValueKind.Array => element.EnumerateArray().Any(HasNull),
        _ => false,
    };
}
