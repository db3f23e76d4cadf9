using System.Text.Json.Serialization;

namespace PassthroughInfra.Component.Facts;

/// <summary>
/// What a concern left on the host when it was last applied (/var/lib/passthrough-host/&lt;concern&gt;.receipt): the token it was applied
/// with and what was wanted then. With it, a change of the spec and a change made on the host are told apart.
/// </summary>
public sealed record Receipt
{
    /// <summary>The concern.</summary>
    public required string Concern { get; init; }

    /// <summary>The token of the run that wrote it.</summary>
    public required string Token { get; init; }

    /// <summary>The reason that run was given, in words; it stands in the command's text beside the token.</summary>
    public string Remark { get; init; } = "";

    /// <summary>The digest of everything that was wanted.</summary>
    public required string Digest { get; init; }

    /// <summary>When it was written, in seconds since 1970.</summary>
    public long Time { get; init; }

    /// <summary>The digest of each managed file as applied, by path.</summary>
    public IReadOnlyDictionary<string, string> Files { get; init; } = new Dictionary<string, string>();

    /// <summary>The value of each setting as applied, by name.</summary>
    public IReadOnlyDictionary<string, string> Settings { get; init; } = new Dictionary<string, string>();

    /// <summary>What was decided from facts then, by its name: what the spec said of it (a digest), and the value.</summary>
    public IReadOnlyDictionary<string, ChoiceFacts> Choices { get; init; } = new Dictionary<string, ChoiceFacts>();

    /// <summary>The digest of what the spec alone wanted, whatever the host; empty in receipts of earlier versions.</summary>
    public string Basis { get; init; } = "";

    /// <summary>The kernel's ID of the boot in which it was written; empty in receipts of earlier versions.</summary>
    public string BootId { get; init; } = "";

    /// <summary>The guest it belongs to, where that was noted later: releases that knew one guest did not name it.</summary>
    public string Guest { get; init; } = "";

    /// <summary>The concern's name on the host, where it is taken for that of a guest's concern; else empty.</summary>
    [JsonIgnore]
    public string FormerConcern { get; init; } = "";

    /// <summary>Reads a receipt's lines.</summary>
    /// <returns>The receipt, or null where they are not one; it then counts as never applied.</returns>
    public static Receipt? Parse(string concern, IEnumerable<string> lines)
    {
        var files = new Dictionary<string, string>();
        var settings = new Dictionary<string, string>();
        var choices = new Dictionary<string, ChoiceFacts>();
        string? token = null, digest = null;
        string remark = "", basis = "", boot = "", guest = "";
        long time = 0;
        foreach (var line in lines)
        {
            var fields = line.Split('\t');
            switch (fields)
            {
                case ["token", var value]: token = value; break;
                case ["remark", var value]: remark = value; break;
                case ["digest", var value]: digest = value; break;
                case ["time", var value]: _ = long.TryParse(value, out time); break;
                case ["file", var path, var value]: files[path] = value; break;
                case ["basis", var value]: basis = value; break;
                case ["boot", var value]: boot = value; break;
                case ["guest", var value]: guest = value; break;
                case ["choice", var name, var given, var value]: choices[name] = new(given, value); break;
                case ["setting", var name, var value]: settings[name] = value; break;
                default: break;
            }
        }

        return token is null || digest is null
            ? null
            : new() { Concern = concern, Token = token, Remark = remark, Digest = digest, Time = time, Files = files, Settings = settings, Choices = choices, Basis = basis, BootId = boot, Guest = guest };
    }
}

/// <summary>A choice in a receipt.</summary>
/// <param name="Given">What the spec said of it, as a digest.</param>
/// <param name="Value">What was chosen.</param>
public sealed record ChoiceFacts(string Given, string Value);
