using System.Collections.Concurrent;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace PassthroughInfra.Engine.Secrets;

/// <summary>
/// Takes secrets of the configuration out of texts that are shown: a program, or a command that fails, can repeat what it was given. The
/// marks on values are the rule; this is for the texts that have none.
/// </summary>
public sealed class SecretMask
{
    // Shorter ones stand in ordinary words and numbers; a mask on those would hide more than it protects.
    private const int Shortest = 4;
    private const int ShortestLine = 8;
    private const string Shown = "[secret]";

    private static readonly JsonSerializerOptions Relaxed = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly ConcurrentDictionary<string, bool> secrets = new(StringComparer.Ordinal);

    /// <summary>Has a secret taken out from now on, in whole and, where it has several lines, by the line.</summary>
    public void Add(string secret)
    {
        if (secret.Length < Shortest || secret is "true" or "false" or "null")
            return;
        secrets[secret] = true;
        // Within JSON, and so in a log of one line, its line breaks and quotes are escaped.
        secrets[JsonSerializer.Serialize(secret, Relaxed)[1..^1]] = true;
        if (!secret.Contains('\n', StringComparison.Ordinal))
            return;
        foreach (var line in secret.Split('\n').Select(l => l.Trim()).Where(l => l.Length >= ShortestLine))
            secrets[line] = true;
    }

    /// <summary>The text with <c>[secret]</c> in the place of each secret.</summary>
    public string Apply(string text)
    {
        if (secrets.IsEmpty)
            return text;
        // Longer ones first: one can be a part of another.
        foreach (var secret in secrets.Keys.OrderByDescending(s => s.Length))
            text = text.Replace(secret, Shown, StringComparison.Ordinal);
        return text;
    }
}
