using System.Text.Json;
using System.Text.Json.Serialization;

namespace PassthroughInfra.Component.Spec;

/// <summary>Reads and writes the types that are one text in the spec (<see cref="ISpecText{TSelf}"/>).</summary>
internal sealed class SpecTextConverterFactory : JsonConverterFactory
{
    public override bool CanConvert(Type typeToConvert) => SpecTexts.Is(typeToConvert);

    public override JsonConverter CreateConverter(Type typeToConvert, JsonSerializerOptions options) =>
        (JsonConverter)Activator.CreateInstance(typeof(SpecTextConverter<>).MakeGenericType(typeToConvert))!;
}

/// <summary>Reads and writes one type that is a text in the spec.</summary>
internal sealed class SpecTextConverter<T> : JsonConverter<T>
    where T : ISpecText<T>
{
    public override T Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => (T)SpecTexts.Read(typeof(T), ref reader);

    public override void Write(Utf8JsonWriter writer, T value, JsonSerializerOptions options) => writer.WriteStringValue(value.ToString());
}

/// <summary>Reads and writes the types that are one text or a list of texts (<see cref="ISpecTextOrList{TSelf}"/>).</summary>
internal sealed class SpecTextOrListConverterFactory : JsonConverterFactory
{
    public override bool CanConvert(Type typeToConvert) => SpecTexts.Implements(typeToConvert, typeof(ISpecTextOrList<>));

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
    public override T Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => (T)SpecWords.Read(typeof(T), ref reader);

    public override void Write(Utf8JsonWriter writer, T value, JsonSerializerOptions options) => writer.WriteStringValue(SpecWords.Word(value));
}
