using System.Collections.Concurrent;
using System.Reflection;
using System.Text.Json;

namespace PassthroughInfra.Component.Spec;

/// <summary>Reads any value that is one text in the spec (<see cref="ISpecText{TSelf}"/>).</summary>
internal static class SpecTexts
{
    private static readonly ConcurrentDictionary<Type, MethodInfo> Readers = new();

    /// <summary>Whether a type is one.</summary>
    public static bool Is(Type type) => Implements(type, typeof(ISpecText<>));

    /// <summary>Whether a type implements a generic interface over whatever type.</summary>
    public static bool Implements(Type type, Type generic) => type.GetInterfaces().Any(i => i.IsGenericType && i.GetGenericTypeDefinition() == generic);

    /// <summary>What a type says of itself by one of the interface's static properties.</summary>
    public static string Says(Type type, string property) => (string)type.GetProperty(property, BindingFlags.Public | BindingFlags.Static)!.GetValue(null)!;

    /// <summary>Reads a value.</summary>
    /// <param name="type">Its type.</param>
    /// <param name="reader">Stands before it.</param>
    /// <exception cref="JsonException">It is not valid.</exception>
    public static object Read(Type type, ref Utf8JsonReader reader)
    {
        // A number may be a text whose quotes were forgotten; YAML reads 01:00.0 as a number of base 60, so its digits are not repeated.
        if (reader.TokenType == JsonTokenType.Number)
        {
            var number = JsonElement.ParseValue(ref reader).GetRawText();
            return Read(type, number) ?? throw new JsonException($"is the number {number}|expected {Says(type, "Expected")}");
        }

        if (reader.TokenType != JsonTokenType.String)
        {
            throw new JsonException($"is not a text|expected {Says(type, "Expected")}");
        }

        var text = reader.GetString()!;
        return Read(type, text) ?? throw new JsonException($"\"{text}\" is not valid|expected {Says(type, "Expected")}");
    }

    private static object? Read(Type type, string text)
    {
        var reader = Readers.GetOrAdd(type, static t => t.GetMethod("TryRead", BindingFlags.Public | BindingFlags.Static, [typeof(string), t.MakeByRefType()])!);
        object?[] arguments = [text, null];
        return (bool)reader.Invoke(null, arguments)! ? arguments[1] : null;
    }
}
