using System.Collections.Concurrent;
using System.Reflection;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace PassthroughInfra.Component.Values;

/// <summary>What a word was written as before: whoever still writes it is told the new one.</summary>
/// <param name="raw">As JSON has it: <c>true</c>.</param>
[AttributeUsage(AttributeTargets.Field)]
internal sealed class FormerWordAttribute(string raw) : Attribute
{
    /// <summary>As JSON has it.</summary>
    public string Raw { get; } = raw;
}

/// <summary>The key under which a part of the spec stood before, as a single entry of what is a list now: whoever still writes it is told the new one.</summary>
/// <param name="name">The former key.</param>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class FormerKeyAttribute(string name) : Attribute
{
    /// <summary>The former key.</summary>
    public string Name { get; } = name;
}

/// <summary>
/// One type whose values are a word (an enumeration), a text, or a text or a list of texts: how they are read and written. It is not generic: what is
/// generic over two dozen types is compiled two dozen times, at every start.
/// </summary>
internal sealed class TextValue
{
    private static readonly ConcurrentDictionary<Type, TextValue?> Known = new();

    private readonly Type _type;
    private readonly MethodInfo? _text;
    private readonly MethodInfo? _list;
    private readonly object[] _values = [];

    private TextValue(Type type)
    {
        _type = type;
        if (type.IsEnum)
        {
            var fields = type.GetFields(BindingFlags.Public | BindingFlags.Static);
            Words = Array.ConvertAll(fields, f => f.GetCustomAttribute<JsonStringEnumMemberNameAttribute>()?.Name ?? JsonNamingPolicy.CamelCase.ConvertName(f.Name));
            _values = Array.ConvertAll(fields, f => f.GetValue(null)!);
            return;
        }

        _text = Method("TryRead", typeof(string));
        _list = Implements(type, typeof(ITextOrListValue<>)) ? Method("TryReadList", typeof(IReadOnlyList<string>)) : null;
    }

    /// <summary>The words of an enumeration in the order of declaration; null where it is none.</summary>
    public IReadOnlyList<string>? Words { get; }

    /// <summary>What is expected, for people.</summary>
    public string Expected => Words is null ? Says("Expected") : $"one of {string.Join(", ", Words)}";

    /// <summary>The regular expression of a text.</summary>
    public string Pattern => Says("Pattern");

    /// <summary>The regular expression of a list's items; null where it may be no list.</summary>
    public string? ItemPattern => _list is null ? null : Says("ItemPattern");

    /// <summary>How a type is read; null where it is no such type.</summary>
    public static TextValue? Of(Type type) => Known.GetOrAdd(type, static t => t.IsEnum || Implements(t, typeof(ITextValue<>)) ? new(t) : null);

    /// <summary>The word a value of an enumeration is written with.</summary>
    public static string Word(Enum value)
    {
        var known = Of(value.GetType())!;
        return known.Words![Array.IndexOf(known._values, value)];
    }

    /// <summary>Reads a value; null where it is not valid.</summary>
    public object? Read(JsonElement found) => (Words, found.ValueKind) switch
    {
        ({ } words, JsonValueKind.String) => words.ToList().IndexOf(found.GetString()!) is var at and >= 0 ? _values[at] : null,

        // A number may be a text whose quotes were forgotten.
        (null, JsonValueKind.String or JsonValueKind.Number) => Call(_text!, found.ToString()),
        (null, JsonValueKind.Array) when _list is not null && found.EnumerateArray().All(i => i.ValueKind is JsonValueKind.String or JsonValueKind.Number) =>
            Call(_list, found.EnumerateArray().Select(i => i.ToString()).ToList()),
        _ => null,
    };

    /// <summary>Writes a value.</summary>
    public void Write(Utf8JsonWriter writer, object value)
    {
        if (_list is null || _type.GetProperty("Items")!.GetValue(value) is not IReadOnlyList<string> items)
        {
            writer.WriteStringValue(value is Enum word ? Word(word) : value.ToString());
            return;
        }

        writer.WriteStartArray();
        foreach (var item in items)
        {
            writer.WriteStringValue(item);
        }

        writer.WriteEndArray();
    }

    /// <summary>What is to be said of a word that was one; empty for any other.</summary>
    public string Formerly(string raw)
    {
        var now = Words is null ? -1 : Array.FindIndex(_type.GetFields(BindingFlags.Public | BindingFlags.Static), f => f.GetCustomAttribute<FormerWordAttribute>()?.Raw == raw);
        return now >= 0 ? $"is written {Words![now]} now" : "";
    }

    private static bool Implements(Type type, Type generic) => type.GetInterfaces().Any(i => i.IsGenericType && i.GetGenericTypeDefinition() == generic);

    private static object? Call(MethodInfo reader, object written)
    {
        object?[] arguments = [written, null];
        return (bool)reader.Invoke(null, arguments)! ? arguments[1] : null;
    }

    private MethodInfo Method(string name, Type written) => _type.GetMethod(name, BindingFlags.Public | BindingFlags.Static, [written, _type.MakeByRefType()])!;

    private string Says(string property) => (string)_type.GetProperty(property, BindingFlags.Public | BindingFlags.Static)!.GetValue(null)!;
}

/// <summary>
/// Reads and writes such values with System.Text.Json. What is wrong with one is told by whoever reads, so it only says that it is.
/// </summary>
/// <typeparam name="T">The type itself; <see cref="object"/> for a key of a record.</typeparam>
internal sealed class TextValueConverter<T>(TextValue value, bool mayBeNull) : JsonConverter<T>
{
    public override bool HandleNull => typeof(T) == typeof(object);

    public override T? Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        reader.TokenType == JsonTokenType.Null && mayBeNull ? default : (T)(value.Read(JsonElement.ParseValue(ref reader)) ?? throw new JsonException());

    public override void Write(Utf8JsonWriter writer, T written, JsonSerializerOptions options)
    {
        if (written is null)
        {
            writer.WriteNullValue();
        }
        else
        {
            value.Write(writer, written);
        }
    }
}

/// <summary>Values that stand in lists and maps, and those of facts.</summary>
internal sealed class TextValueConverters : JsonConverterFactory
{
    public override bool CanConvert(Type typeToConvert) => TextValue.Of(typeToConvert) is not null;

    public override JsonConverter CreateConverter(Type typeToConvert, JsonSerializerOptions options) =>
        (JsonConverter)Activator.CreateInstance(typeof(TextValueConverter<>).MakeGenericType(typeToConvert), TextValue.Of(typeToConvert), false)!;
}
