using System.Text.Json.Nodes;
using PassthroughInfra.Component.Tests.Support;

namespace PassthroughInfra.Reuse.Tests;

/// <summary>The stack files of the repository.</summary>
internal static class StackFiles
{
    private const string Machine = "passthrough-infra:machine";

    /// <summary>Those with a machine, relative to the repository.</summary>
    public static IReadOnlyList<string> Machines { get; } = In("").Where(f => Value(f, Machine) is not null).ToList();

    /// <summary>Those with a fleet.</summary>
    public static IReadOnlyList<string> Fleets { get; } = In("stacks/Fleet");

    /// <summary>A stack file as JSON.</summary>
    public static JsonNode Read(string file) => JsonNode.Parse(Yaml.ToJson(File.ReadAllText(Path.Combine(Repository.Root, file))))!;

    /// <summary>One value of its configuration.</summary>
    public static JsonNode? Value(string file, string key) => Read(file)["config"]?[key];

    /// <summary>The machine of a stack file.</summary>
    public static JsonNode MachineOf(string file) => Value(file, Machine)!;

    private static IReadOnlyList<string> In(string directory)
    {
        var full = Path.Combine(Repository.Root, directory);
        return Directory.Exists(full)
            ? [.. Directory.GetFiles(full, "Pulumi.*.yaml").Select(f => Path.Combine(directory, Path.GetFileName(f))).Order(StringComparer.Ordinal)]
            : [];
    }
}
