using System.Text.Json;

namespace Pulumi.Runtime;

/// <summary>The configuration of the stack, by <c>namespace:key</c>.</summary>
internal sealed class StackConfiguration
{
    private readonly Lazy<Dictionary<string, string>> _values;

    private StackConfiguration(string? json) => _values = new(() => Parse(json));

    /// <summary>The configuration in <c>PULUMI_CONFIG</c>: a JSON object of texts; structured values are JSON in their text.</summary>
    public static StackConfiguration FromEnvironment() => new(Environment.GetEnvironmentVariable("PULUMI_CONFIG"));

    public string? Get(string fullKey) => _values.Value.GetValueOrDefault(fullKey);

    private static Dictionary<string, string> Parse(string? json)
    {
        var values = new Dictionary<string, string>(StringComparer.Ordinal);
        if (string.IsNullOrEmpty(json))
            return values;

        using var document = JsonDocument.Parse(json);
        foreach (var entry in document.RootElement.EnumerateObject())
            values[CurrentKey(entry.Name)] = entry.Value.ToString();
        return values;
    }

    // Keys were once written namespace:config:key.
    private static string CurrentKey(string key) =>
        key.Split(':') is [var space, "config", var name] ? $"{space}:{name}" : key;
}
