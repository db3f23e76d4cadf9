using System.Text.Json;
using PassthroughInfra.Component.Facts;

namespace PassthroughInfra.Component.Probe;

/// <summary>A reading of a machine kept in a file, so that a preview needs no machine.</summary>
public static class RecordedProbe
{
    /// <summary>Reads a recorded probe.</summary>
    /// <param name="file">Its path, absolute or relative to <paramref name="root"/>.</param>
    /// <param name="root">The directory of Pulumi.yaml.</param>
    /// <exception cref="ProbeException">The file is missing or is no recorded probe.</exception>
    public static HostFacts Load(string file, string root)
    {
        try
        {
            return Read(File.ReadAllText(Path.Combine(root, file)));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or JsonException)
        {
            throw new ProbeException($"\"{file}\" cannot be read: {Problem(e)}");
        }
    }

    /// <summary>Reads a recorded probe from its text.</summary>
    /// <exception cref="JsonException">It is none.</exception>
    public static HostFacts Read(string json) =>
        JsonSerializer.Deserialize<HostFacts>(json, ValueJson.Plain) ?? throw new JsonException("it is empty");

    /// <summary>Why a file is no recorded probe, in words: what the deserializer says names types.</summary>
    public static string Problem(Exception e) => e is not JsonException json ? e.Message
        : json.LineNumber is null ? "it is not what `doctor --save` writes"
        : $"line {json.LineNumber + 1}{(json.Path is { Length: > 1 } path ? $", {path.TrimStart('$', '.')}" : "")} is not what `doctor --save` writes";

    /// <summary>Writes one.</summary>
    public static string Write(HostFacts facts) => JsonSerializer.Serialize(facts, ValueJson.Plain) + "\n";
}
