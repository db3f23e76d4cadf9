using System.Text.Json;
using System.Text.RegularExpressions;
using PassthroughInfra.Component.Facts;

namespace PassthroughInfra.Component.Probe;

/// <summary>A reading of a machine kept in a file, so that a preview needs no machine.</summary>
public static partial class RecordedProbe
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

    /// <summary>Writes one, without the passwords and keys of wireless networks, tunnels and modems that files of the network may hold.</summary>
    public static string Write(HostFacts facts) =>
        JsonSerializer.Serialize(facts with { Files = [.. facts.Files.Select(WithoutSecrets)] }, ValueJson.Plain) + "\n";

    private static FileFacts WithoutSecrets(FileFacts file) =>
        file.Path.StartsWith("/etc/netplan/", StringComparison.Ordinal) || file.Path.StartsWith("/etc/network/", StringComparison.Ordinal)
            ? file with { Content = Secret().Replace(file.Content, "${name}(left out)") }
            : file;

    // Source: netplan-yaml(5), wifis, auth, tunnels, modems; wireless.7 and README.Debian of wpasupplicant, for /etc/network/interfaces.
    [GeneratedRegex("""(?<name>\b(?:wpa-(?:psk|password|passphrase|private-key-passwd)|wireless-key\d*|password|client-key-password|private|shared|key|pin)\b["']?(?:[ \t]*:[ \t]*|[ \t]+))(?:"[^"\n]*"|'[^'\n]*'|[^\s{\[#|>"'][^,}\n]*)""", RegexOptions.ExplicitCapture)]
    private static partial Regex Secret();
}
