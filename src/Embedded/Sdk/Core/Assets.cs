namespace Pulumi;

/// <summary>A file's content or many files' content, as a value.</summary>
public abstract class AssetOrArchive
{
    private protected AssetOrArchive(string signature, string property, object value) =>
        (Signature, Property, Content) = (signature, property, value);

    /// <summary>The kind, as it is marked on the wire.</summary>
    internal string Signature { get; }

    /// <summary>The property that holds the content on the wire: text, path, uri or assets.</summary>
    internal string Property { get; }

    internal object Content { get; }
}

/// <summary>The content of one file.</summary>
public abstract class Asset : AssetOrArchive
{
    private protected Asset(string property, object value)
        : base(Serialization.Wire.AssetSignature, property, value)
    {
    }
}

/// <summary>The content of several files.</summary>
public abstract class Archive : AssetOrArchive
{
    private protected Archive(string property, object value)
        : base(Serialization.Wire.ArchiveSignature, property, value)
    {
    }
}

/// <summary>A file on the machine that runs the engine.</summary>
public sealed class FileAsset : Asset
{
    public FileAsset(string path)
        : base(Serialization.Wire.PathProperty, path)
    {
    }
}

/// <summary>A text.</summary>
public sealed class StringAsset : Asset
{
    public StringAsset(string text)
        : base(Serialization.Wire.TextProperty, text)
    {
    }
}

/// <summary>A file to be fetched from a URI.</summary>
public sealed class RemoteAsset : Asset
{
    public RemoteAsset(string uri)
        : base(Serialization.Wire.UriProperty, uri)
    {
    }
}

/// <summary>Assets and archives by name.</summary>
public sealed class AssetArchive : Archive
{
    public AssetArchive(IDictionary<string, AssetOrArchive> assets)
        : base(Serialization.Wire.AssetsProperty, assets)
    {
    }
}

/// <summary>A directory, or an archive file, on the machine that runs the engine.</summary>
public sealed class FileArchive : Archive
{
    public FileArchive(string path)
        : base(Serialization.Wire.PathProperty, path)
    {
    }
}

/// <summary>An archive to be fetched from a URI.</summary>
public sealed class RemoteArchive : Archive
{
    public RemoteArchive(string uri)
        : base(Serialization.Wire.UriProperty, uri)
    {
    }
}
