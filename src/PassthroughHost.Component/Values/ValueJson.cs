using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;

namespace PassthroughInfra.Component.Values;

/// <summary>How everything that this project reads and writes as JSON is written: the spec, recorded probes, what <c>--json</c> prints.</summary>
internal static class ValueJson
{
    /// <summary>For records that System.Text.Json finds out about by itself.</summary>
    public static JsonSerializerOptions Plain { get; } = Options(new DefaultJsonTypeInfoResolver());

    /// <summary>The same for records of which a resolver knows more.</summary>
    /// <param name="records">Says what a record is made of.</param>
    public static JsonSerializerOptions Options(IJsonTypeInfoResolver records)
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
            TypeInfoResolver = records,
        };
        options.Converters.Add(new TextValueConverters());
        options.MakeReadOnly();
        return options;
    }
}
