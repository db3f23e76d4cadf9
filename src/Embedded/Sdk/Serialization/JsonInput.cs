using System.Text.Json;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;

namespace Pulumi.Serialization;

/// <summary>JSON as a value, and values as JSON text.</summary>
internal static class JsonInput
{
    public static Value? Write(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.String => Value.ForString(element.GetString()),
        JsonValueKind.Number => Value.ForNumber(element.GetDouble()),
        JsonValueKind.True or JsonValueKind.False => Value.ForBool(element.GetBoolean()),
        JsonValueKind.Array => Value.ForList([.. element.EnumerateArray().Select(static item => Write(item) ?? Value.ForNull())]),
        JsonValueKind.Object => Value.ForStruct(new Struct
        {
            Fields =
            {
                element.EnumerateObject().ToDictionary(
                    static property => property.Name, static property => Write(property.Value) ?? Value.ForNull()),
            },
        }),
        _ => null,
    };

    /// <summary>An input that is sent as JSON text, whatever it is in the program.</summary>
    public static Output<string> From(string path, object value)
    {
        return Output.Untyped(value).Apply(ToTextAsync);

        async Task<string> ToTextAsync(object? known)
        {
            var written = await new PropertySerializer(new WriteMode(KeepResources: false)).WriteAsync(path, known).ConfigureAwait(false);
            return JsonFormatter.Default.Format(written ?? Value.ForNull());
        }
    }
}
