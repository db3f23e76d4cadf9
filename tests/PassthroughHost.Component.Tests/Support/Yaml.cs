using System.Text.Json;
using YamlDotNet.Serialization;

namespace PassthroughInfra.Component.Tests.Support;

/// <summary>YAML as Pulumi hands it to a program: as JSON.</summary>
internal static class Yaml
{
    public static string ToJson(string yaml)
    {
        var value = new DeserializerBuilder().WithAttemptingUnquotedStringTypeDeserialization().Build().Deserialize<object>(yaml);
        return JsonSerializer.Serialize(Plain(value));
    }

    private static object? Plain(object? value) => value switch
    {
        IDictionary<object, object> map => map.ToDictionary(p => p.Key.ToString()!, p => Plain(p.Value)),
        IList<object> list => list.Select(Plain).ToList(),
        _ => value,
    };
}
