using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;

namespace PassthroughInfra.Engine.Values;

/// <summary>Where an asset's or archive's content is.</summary>
public enum AssetSource
{
    /// <summary>The content itself.</summary>
    Text,

    /// <summary>A file or directory, relative to the program's working directory.</summary>
    Path,

    /// <summary>An address to fetch from.</summary>
    Uri,
}

/// <summary>A file as a value: its text, its path or its address.</summary>
/// <param name="Source">What <paramref name="Content"/> is.</param>
/// <param name="Content">The text, path or address.</param>
/// <param name="Hash">SHA-256 of the content in hexadecimal; empty where it was not read. Two assets of one hash are the same.</param>
public sealed record PropertyAsset(AssetSource Source, string Content, string Hash = "") : PropertyValue
{
    /// <summary>This asset with the hash of its content, which is read relative to <paramref name="directory"/>; an address is not fetched.</summary>
    public PropertyAsset Hashed(string directory) => Source switch
    {
        AssetSource.Text => this with { Hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(Content))) },
        AssetSource.Path => this with { Hash = Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(System.IO.Path.Combine(directory, Content)))) },
        _ => this,
    };

    public bool Equals(PropertyAsset? other) => other is not null
        && (Hash.Length > 0 && other.Hash.Length > 0 ? Hash == other.Hash : Source == other.Source && Content == other.Content);

    public override int GetHashCode() => 1;

    private protected override string Describe() => Source == AssetSource.Text ? "asset(text)" : $"asset({Content})";
}

/// <summary>A directory or archive as a value: a path, an address, or named assets and archives.</summary>
/// <param name="Source">What <paramref name="Content"/> is; not used where there are <paramref name="Assets"/>.</param>
/// <param name="Content">The path or address; null where there are <paramref name="Assets"/>.</param>
/// <param name="Assets">The named members; empty where there is a path or address.</param>
/// <param name="Hash">The hash recorded for it, kept as it came.</param>
public sealed record PropertyArchive(AssetSource Source, string? Content, PropertyMap Assets, string Hash = "") : PropertyValue
{
    private protected override string Describe() => Content is null ? $"archive({string.Join(", ", Assets.Keys)})" : $"archive({Content})";
}
