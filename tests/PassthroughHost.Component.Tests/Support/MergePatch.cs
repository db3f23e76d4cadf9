using System.Text.Json.Nodes;

namespace PassthroughInfra.Component.Tests.Support;

/// <summary>
/// Facts that differ from another case's in a few places: <c>"$base"</c> names that case, the rest is a JSON merge patch (RFC 7396) over it.
/// </summary>
internal static class MergePatch
{
    public static JsonNode Load(string file)
    {
        var node = JsonNode.Parse(File.ReadAllText(file))!;
        if (node["$base"]?.GetValue<string>() is not { } name)
        {
            return node;
        }

        node.AsObject().Remove("$base");
        return Apply(Load(Path.Combine(Path.GetDirectoryName(file)!, name)), node)!;
    }

    private static JsonNode? Apply(JsonNode? target, JsonNode? patch)
    {
        if (patch is not JsonObject changes)
        {
            return patch?.DeepClone();
        }

        var result = target as JsonObject ?? [];
        foreach (var (key, value) in changes)
        {
            if (value is null)
            {
                result.Remove(key);
            }
            else
            {
                result[key] = Apply(result[key]?.DeepClone(), value);
            }
        }

        return result;
    }
}
