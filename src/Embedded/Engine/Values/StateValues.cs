using System.Collections.Immutable;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using PassthroughInfra.Engine.Secrets;

namespace PassthroughInfra.Engine.Values;

/// <summary>Values to and from the JSON of a checkpoint, secrets encrypted.</summary>
internal static class StateValues
{
    public static PropertyMap ReadMap(JsonElement source, ICrypter crypter) =>
        PropertyMap.Of(source.EnumerateObject().Select(p => KeyValuePair.Create(p.Name, Read(p.Value, crypter))));

    public static PropertyValue Read(JsonElement source, ICrypter crypter)
    {
        switch (source.ValueKind)
        {
            case JsonValueKind.True:
            case JsonValueKind.False:
                return source.GetBoolean();
            case JsonValueKind.Number:
                return source.GetDouble();
            case JsonValueKind.String:
                return source.GetString() is var text && Signatures.Unknowns.Contains(text!) ? PropertyValue.Unknown : text!;
            case JsonValueKind.Array:
                return new PropertyList([.. source.EnumerateArray().Select(i => Read(i, crypter))]);
            case JsonValueKind.Object:
                return source.TryGetProperty(Signatures.Key, out var signature) && signature.ValueKind == JsonValueKind.String
                    ? ReadSpecial(signature.GetString()!, source, crypter)
                    : ReadMap(source, crypter);
            default:
                return PropertyValue.Null;
        }
    }

    public static void Write(Utf8JsonWriter target, PropertyValue source, ICrypter crypter)
    {
        switch (source)
        {
            case PropertyBool flag:
                target.WriteBooleanValue(flag.Value);
                break;
            case PropertyNumber number:
                target.WriteNumberValue(number.Value);
                break;
            case PropertyString text:
                target.WriteStringValue(text.Value);
                break;
            case PropertyUnknown:
                target.WriteStringValue(Signatures.Unknown);
                break;
            case PropertyList list:
                target.WriteStartArray();
                foreach (var item in list.Items)
                    Write(target, item, crypter);
                target.WriteEndArray();
                break;
            case PropertyMap map:
                target.WriteStartObject();
                foreach (var (key, value) in map.Entries)
                {
                    target.WritePropertyName(key);
                    Write(target, value, crypter);
                }
                target.WriteEndObject();
                break;
            case PropertySecret secret:
                WriteSpecial(target, Signatures.Secret, ("ciphertext", crypter.Encrypt(secret)));
                break;
            case PropertyResource resource:
                WriteResource(target, resource);
                break;
            case PropertyAsset asset:
                WriteSpecial(target, Signatures.Asset, ("hash", asset.Hash), (asset.Source.Key, asset.Content));
                break;
            case PropertyArchive archive:
                WriteArchive(target, archive, crypter);
                break;
            default:
                target.WriteNullValue();
                break;
        }
    }

    /// <summary>The JSON text of a value, as it is encrypted; secrets within it are marked but not encrypted again.</summary>
    public static string PlainJson(PropertyValue value)
    {
        var buffer = new System.Buffers.ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(buffer, StateJson.WriterOptions))
            Write(writer, value, PlainCrypter.Instance);
        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }

    /// <summary>The value of such a JSON text.</summary>
    public static PropertyValue FromPlainJson(string json)
    {
        using var document = JsonDocument.Parse(json);
        return Read(document.RootElement, PlainCrypter.Instance);
    }

    private static PropertyValue ReadSpecial(string signature, JsonElement source, ICrypter crypter) => signature switch
    {
        Signatures.Secret => Text(source, "ciphertext") is { } ciphertext
            ? crypter.Decrypt(ciphertext)
            : PropertyValue.Secret(FromPlainJson(Text(source, "plaintext") ?? throw new FormatException("A secret in the state has no ciphertext."))),
        Signatures.Resource => new PropertyResource(
            Text(source, "urn") ?? "", source.TryGetProperty("id", out var id) ? Read(id, crypter) : null, Text(source, "packageVersion")),
        Signatures.Asset => AssetOf(source) is (var kind, { } content)
            ? new PropertyAsset(kind, content, Text(source, "hash") ?? "")
            : throw new FormatException("An asset in the state has neither text, path nor uri."),
        Signatures.Archive => source.TryGetProperty("assets", out var assets)
            ? new PropertyArchive(AssetSource.Path, null, ReadMap(assets, crypter), Text(source, "hash") ?? "")
            : AssetOf(source) is (var kind2, { } place)
                ? new PropertyArchive(kind2, place, PropertyMap.Empty, Text(source, "hash") ?? "")
                : throw new FormatException("An archive in the state has neither assets, path nor uri."),
        _ => throw new FormatException($"The state holds a value of a kind that is not known here (signature {signature})."),
    };

    private static void WriteResource(Utf8JsonWriter target, PropertyResource resource)
    {
        target.WriteStartObject();
        target.WriteString(Signatures.Key, Signatures.Resource);
        target.WriteString("urn", resource.Urn);
        if (resource.Id is not null)
            target.WriteString("id", resource.Id is PropertyUnknown ? Signatures.Unknown : resource.Id.AsString);
        if (resource.PackageVersion is { } version)
            target.WriteString("packageVersion", version);
        target.WriteEndObject();
    }

    private static void WriteArchive(Utf8JsonWriter target, PropertyArchive archive, ICrypter crypter)
    {
        target.WriteStartObject();
        target.WriteString(Signatures.Key, Signatures.Archive);
        target.WriteString("hash", archive.Hash);
        if (archive.Content is { } content)
        {
            target.WriteString(archive.Source.Key, content);
        }
        else
        {
            target.WritePropertyName("assets");
            Write(target, archive.Assets, crypter);
        }
        target.WriteEndObject();
    }

    private static void WriteSpecial(Utf8JsonWriter target, string signature, params ReadOnlySpan<(string Key, string Value)> fields)
    {
        target.WriteStartObject();
        target.WriteString(Signatures.Key, signature);
        foreach (var (key, value) in fields)
            target.WriteString(key, value);
        target.WriteEndObject();
    }

    private static (AssetSource Source, string? Content) AssetOf(JsonElement source)
    {
        foreach (var kind in Enum.GetValues<AssetSource>())
        {
            if (Text(source, kind.Key) is { } content)
                return (kind, content);
        }
        return default;
    }

    private static string? Text(JsonElement source, string key) =>
        source.TryGetProperty(key, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
}
