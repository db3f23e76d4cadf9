namespace Pulumi.Serialization;

/// <summary>The names and marks of the protocol's values.</summary>
internal static class Wire
{
    public const string Urn = "urn";
    public const string Id = "id";
    public const string Value = "value";
    public const string Secret = "secret";
    public const string Dependencies = "dependencies";

    public const string TextProperty = "text";
    public const string PathProperty = "path";
    public const string UriProperty = "uri";
    public const string AssetsProperty = "assets";

    /// <summary>The property that marks an object as something else than an object.</summary>
    public const string Signature = "4dabf18193072939515e22adb298388d";

    public const string SecretSignature = "1b47061264138c4ac30d75fd1eb44270";
    public const string AssetSignature = "c44067f5952c0a294b673a41bacd8c17";
    public const string ArchiveSignature = "0def7320c3a5731c473e5ecbe6d01bc7";
    public const string ResourceSignature = "5cf8f73096256a8f31e491e813e4eb8e";
    public const string OutputValueSignature = "d0e6a833031e9bbcd3f4e8bde6ca49a4";

    /// <summary>The text that stands for a value that is not known yet.</summary>
    public const string Unknown = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";
}
