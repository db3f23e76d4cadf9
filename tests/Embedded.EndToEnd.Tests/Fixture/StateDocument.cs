using System.Text.Json;
using System.Text.Json.Nodes;
using PassthroughInfra.Engine.Secrets;
using PassthroughInfra.Engine.State;

namespace PassthroughInfra.EndToEnd.Tests.Fixture;

/// <summary>A state file as it is on disk, read by a JSON parser, and whole by the rules of the CLI.</summary>
internal sealed record StateDocument(JsonArray Resources, JsonArray Pending)
{
    /// <exception cref="JsonException">It is no whole JSON document.</exception>
    public static StateDocument Read(string file)
    {
        if (!File.Exists(file))
            return new([], []);
        var json = File.ReadAllBytes(file);
        Assert.Null(SnapshotIntegrity.Fault(CheckpointReader.Read(json, file, _ => SecretHidingCrypter.Instance)));
        var root = JsonNode.Parse(json)!;
        Assert.Equal(3, root["version"]!.GetValue<int>());
        var latest = root["checkpoint"]!["latest"]!;
        return new(latest["resources"]?.AsArray() ?? [], latest["pending_operations"]?.AsArray() ?? []);
    }

    /// <summary>The commands that the state says are there, replaced copies left out.</summary>
    public IEnumerable<JsonNode> Commands => Resources.Where(r => Type(r!).StartsWith("command:", StringComparison.Ordinal) && r!["delete"] is null).Select(r => r!);

    public string[] Names => [.. Commands.Select(Name).Order(StringComparer.Ordinal)];

    /// <summary>What was under way, <c>creating a</c>.</summary>
    public string[] PendingNames => [.. Pending.Select(p => $"{p!["type"]!.GetValue<string>()} {Name(p["resource"]!)}")];

    public static string Name(JsonNode resource) => resource["urn"]!.GetValue<string>().Split("::")[^1];

    private static string Type(JsonNode resource) => resource["type"]!.GetValue<string>();
}
