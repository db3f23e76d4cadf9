using System.Reflection;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;

namespace PassthroughInfra.Component.Spec;

/// <summary>Reads and writes the types that are one text in the spec (<see cref="ISpecText{TSelf}"/>).</summary>
internal sealed class SpecTextConverterFactory : JsonConverterFactory
{
    public override bool CanConvert(Type typeToConvert) =>
        typeToConvert.GetInterfaces().Any(i => i.IsGenericType && i.GetGenericTypeDefinition() == typeof(ISpecText<>));

    public override JsonConverter CreateConverter(Type typeToConvert, JsonSerializerOptions options) =>
        (JsonConverter)Activator.CreateInstance(typeof(SpecTextConverter<>).MakeGenericType(typeToConvert))!;
}

/// <summary>Reads and writes one type that is a text in the spec.</summary>
internal sealed class SpecTextConverter<T> : JsonConverter<T>
    where T : ISpecText<T>
{
    public override T Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        // A number may be a text whose quotes were forgotten; YAML reads 01:00.0 as a number of base 60, so its digits are not repeated.
        if (reader.TokenType == JsonTokenType.Number)
        {
            var number = JsonElement.ParseValue(ref reader).GetRawText();
            return T.TryRead(number, out var fromNumber)
                ? fromNumber
                : throw new JsonException($"is the number {number}|expected {T.Expected}");
        }

        if (reader.TokenType != JsonTokenType.String)
        {
            throw new JsonException($"is not a text|expected {T.Expected}");
        }

        var text = reader.GetString()!;
        return T.TryRead(text, out var value) ? value : throw new JsonException($"\"{text}\" is not valid|expected {T.Expected}");
    }

    public override void Write(Utf8JsonWriter writer, T value, JsonSerializerOptions options) => writer.WriteStringValue(value.ToString());
}

/// <summary>Reads and writes the types that are one text or a list of texts (<see cref="ISpecTextOrList{TSelf}"/>).</summary>
internal sealed class SpecTextOrListConverterFactory : JsonConverterFactory
{
    public override bool CanConvert(Type typeToConvert) =>
        typeToConvert.GetInterfaces().Any(i => i.IsGenericType && i.GetGenericTypeDefinition() == typeof(ISpecTextOrList<>));

    public override JsonConverter CreateConverter(Type typeToConvert, JsonSerializerOptions options) =>
        (JsonConverter)Activator.CreateInstance(typeof(SpecTextOrListConverter<>).MakeGenericType(typeToConvert))!;
}

/// <summary>Reads and writes one type that is a text or a list of texts.</summary>
internal sealed class SpecTextOrListConverter<T> : JsonConverter<T>
    where T : class, ISpecTextOrList<T>
{
    public override T Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        var element = JsonElement.ParseValue(ref reader);
        var valid = element.ValueKind switch
        {
            JsonValueKind.String => T.TryRead(element.GetString()!, out var one) ? one : default,
            JsonValueKind.Array when element.EnumerateArray().All(i => i.ValueKind is JsonValueKind.String or JsonValueKind.Number) =>
                T.TryReadList([.. element.EnumerateArray().Select(i => i.ToString())], out var list) ? list : default,
            _ => default,
        };
        return valid ?? throw new JsonException($"{element.GetRawText()} is not valid|expected {T.Expected}");
    }

    public override void Write(Utf8JsonWriter writer, T value, JsonSerializerOptions options)
    {
        if (value.Items is { } items)
        {
            JsonSerializer.Serialize(writer, items, options);
        }
        else
        {
            writer.WriteStringValue(value.ToString());
        }
    }
}

/// <summary>Reads and writes enumerations by the words of <see cref="JsonStringEnumMemberNameAttribute"/> or their camel-case names.</summary>
internal sealed class SpecEnumConverterFactory : JsonConverterFactory
{
    public override bool CanConvert(Type typeToConvert) => typeToConvert.IsEnum;

    public override JsonConverter CreateConverter(Type typeToConvert, JsonSerializerOptions options) =>
        (JsonConverter)Activator.CreateInstance(typeof(SpecEnumConverter<>).MakeGenericType(typeToConvert))!;
}

/// <summary>Reads and writes one enumeration by its words.</summary>
internal sealed class SpecEnumConverter<T> : JsonConverter<T>
    where T : struct, Enum
{
    private static readonly Dictionary<string, T> ByWord = Enum.GetNames<T>().ToDictionary(Word, Enum.Parse<T>);

    private static readonly Dictionary<T, string> ByValue = ByWord.ToDictionary(p => p.Value, p => p.Key);

    public override T Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        var found = JsonElement.ParseValue(ref reader);
        return found.ValueKind == JsonValueKind.String && ByWord.TryGetValue(found.GetString()!, out var value)
            ? value
            : throw new JsonException($"{found.GetRawText()} is not known|expected one of {string.Join(", ", ByWord.Keys)}");
    }

    public override void Write(Utf8JsonWriter writer, T value, JsonSerializerOptions options) => writer.WriteStringValue(ByValue[value]);

    private static string Word(string name) =>
        typeof(T).GetField(name)!.GetCustomAttribute<JsonStringEnumMemberNameAttribute>()?.Name ?? JsonNamingPolicy.CamelCase.ConvertName(name);
}

/// <summary>Knows the words of any enumeration in the spec, for the schema.</summary>
internal static class SpecWords
{
    /// <summary>The words an enumeration is written with, in the order of declaration.</summary>
    public static IReadOnlyList<string> Of(Type enumeration, JsonSerializerOptions options) =>
        [.. Enum.GetValues(enumeration).Cast<object>().Select(v => JsonSerializer.SerializeToNode(v, enumeration, options)!.GetValue<string>())];
}
