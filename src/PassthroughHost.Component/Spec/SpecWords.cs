using System.Collections.Concurrent;
using System.Reflection;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace PassthroughInfra.Component.Spec;

/// <summary>
/// Knows the words of any enumeration in the spec. Like <see cref="SpecTexts"/> it is not generic: what is generic over two dozen types is
/// compiled two dozen times, at every start.
/// </summary>
internal static class SpecWords
{
    private static readonly ConcurrentDictionary<Type, Table> Tables = new();

    /// <summary>The words an enumeration is written with, in the order of declaration.</summary>
    public static IReadOnlyList<string> Of(Type enumeration) => TableOf(enumeration).Words;

    /// <summary>The word a value is written with.</summary>
    public static string Word(Enum value)
    {
        var table = TableOf(value.GetType());
        return table.Words[Array.IndexOf(table.Values, value)];
    }

    /// <summary>Reads a word.</summary>
    /// <param name="enumeration">The enumeration it is of.</param>
    /// <param name="reader">Stands before it.</param>
    /// <exception cref="JsonException">It is no word of the enumeration.</exception>
    public static object Read(Type enumeration, ref Utf8JsonReader reader)
    {
        var found = JsonElement.ParseValue(ref reader);
        var table = TableOf(enumeration);
        var at = found.ValueKind == JsonValueKind.String ? Array.IndexOf(table.Words, found.GetString()) : -1;
        return at >= 0 ? table.Values[at] : throw new JsonException($"{Problem(enumeration, table, found)}|expected one of {string.Join(", ", table.Words)}");
    }

    private static string Problem(Type enumeration, Table table, JsonElement found)
    {
        var raw = found.GetRawText();
        var fields = enumeration.GetFields(BindingFlags.Public | BindingFlags.Static);
        var now = Array.FindIndex(fields, f => f.GetCustomAttribute<FormerWordAttribute>()?.Raw == raw);
        return now >= 0 ? $"{raw} is written {table.Words[now]} now"
            : raw == $"\"{enumeration.GetCustomAttribute<LaterWordAttribute>()?.Word}\"" ? $"{raw} is not available yet"
            : $"{raw} is not known";
    }

    private static Table TableOf(Type enumeration) => Tables.GetOrAdd(enumeration, static type =>
    {
        var fields = type.GetFields(BindingFlags.Public | BindingFlags.Static);
        return new(Array.ConvertAll(fields, Word), Array.ConvertAll(fields, f => f.GetValue(null)!));
    });

    private static string Word(FieldInfo field) => field.GetCustomAttribute<JsonStringEnumMemberNameAttribute>()?.Name ?? JsonNamingPolicy.CamelCase.ConvertName(field.Name);

    private sealed record Table(string[] Words, object[] Values);
}
