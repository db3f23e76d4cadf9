using System.Collections.Immutable;
using Google.Protobuf.WellKnownTypes;

namespace PassthroughInfra.Engine.Values;

/// <summary>What a program can take in an answer; where it cannot take something, the plain value is sent.</summary>
/// <param name="KeepUnknowns">Unknowns are sent as such; else top-level properties that hold one are left out.</param>
/// <param name="KeepSecrets">Secrets are sent as such; else unwrapped.</param>
/// <param name="KeepResources">Resource references are sent as such; else as the ID, or the URN of a component.</param>
internal sealed record WireOptions(bool KeepUnknowns, bool KeepSecrets, bool KeepResources);

/// <summary>Values to and from the protocol's <see cref="Struct"/>.</summary>
internal static class WireValues
{
    /// <summary>Reads properties; nulls at the top and in maps are dropped, nulls in lists kept.</summary>
    public static PropertyMap Read(Struct? source) => source is null ? PropertyMap.Empty : ReadFields(source);

    /// <summary>Writes properties.</summary>
    public static Struct Write(PropertyMap source, WireOptions options)
    {
        var target = new Struct();
        foreach (var (key, value) in source)
        {
            if (!value.IsNull && (options.KeepUnknowns || !value.ContainsUnknowns))
                target.Fields[key] = Write(value, options);
        }
        return target;
    }

    /// <summary>Reads one value.</summary>
    public static PropertyValue Read(Value source) => source.KindCase switch
    {
        Value.KindOneofCase.BoolValue => source.BoolValue,
        Value.KindOneofCase.NumberValue => source.NumberValue,
        Value.KindOneofCase.StringValue => Signatures.Unknowns.Contains(source.StringValue) ? PropertyValue.Unknown : source.StringValue,
        Value.KindOneofCase.ListValue => new PropertyList([.. source.ListValue.Values.Select(Read)]),
        Value.KindOneofCase.StructValue => ReadStruct(source.StructValue),
        _ => PropertyValue.Null,
    };

    private static PropertyMap ReadFields(Struct source) =>
        PropertyMap.Of(source.Fields.Select(f => KeyValuePair.Create(f.Key, Read(f.Value))).Where(f => !f.Value.IsNull));

    private static PropertyValue ReadStruct(Struct source)
    {
        var fields = source.Fields;
        if (!fields.TryGetValue(Signatures.Key, out var signature))
            return ReadFields(source);
        switch (signature.StringValue)
        {
            case Signatures.Secret:
                return PropertyValue.Secret(fields.TryGetValue("value", out var secret) ? Read(secret) : PropertyValue.Null);
            case Signatures.Output:
                // Dependencies come beside the properties as well, so an output value is no more than its value here.
                var value = fields.TryGetValue("value", out var known) ? Read(known) : PropertyValue.Unknown;
                return fields.TryGetValue("secret", out var flag) && flag.BoolValue ? PropertyValue.Secret(value) : value;
            case Signatures.Resource:
                var id = fields.TryGetValue("id", out var found) ? Read(found) : null;
                return new PropertyResource(Text(fields, "urn"), id is PropertyString { Value: "" } ? PropertyValue.Unknown : id, TextOrNull(fields, "packageVersion"));
            case Signatures.Asset:
                return AssetOf(fields) is (var source2, { } content)
                    ? new PropertyAsset(source2, content, Text(fields, "hash"))
                    : throw new FormatException("An asset has neither text, path nor uri.");
            case Signatures.Archive:
                return fields.TryGetValue("assets", out var assets)
                    ? new PropertyArchive(AssetSource.Path, null, ReadFields(assets.StructValue), Text(fields, "hash"))
                    : AssetOf(fields) is (var source3, { } place)
                        ? new PropertyArchive(source3, place, PropertyMap.Empty, Text(fields, "hash"))
                        : throw new FormatException("An archive has neither assets, path nor uri.");
            default:
                throw new FormatException($"The program sent a value of a kind that is not known here (signature {signature.StringValue}).");
        }
    }

    private static Value Write(PropertyValue source, WireOptions options)
    {
        switch (source)
        {
            case PropertyBool flag:
                return Value.ForBool(flag.Value);
            case PropertyNumber number:
                return Value.ForNumber(number.Value);
            case PropertyString text:
                return Value.ForString(text.Value);
            case PropertyUnknown:
                return Value.ForString(Signatures.Unknown);
            case PropertyList list:
                return Value.ForList([.. list.Select(i => Write(i, options))]);
            case PropertyMap map:
                var target = new Struct();
                foreach (var (key, value) in map)
                {
                    if (!value.IsNull)
                        target.Fields[key] = Write(value, options);
                }
                return Value.ForStruct(target);
            case PropertySecret secret:
                return options.KeepSecrets ? Special(Signatures.Secret, ("value", Write(secret.Value, options))) : Write(secret.Value, options);
            case PropertyResource resource:
                return WriteResource(resource, options);
            case PropertyAsset asset:
                return Special(Signatures.Asset, ("hash", Value.ForString(asset.Hash)), (asset.Source.Key, Value.ForString(asset.Content)));
            case PropertyArchive archive:
                return archive.Content is null
                    ? Special(Signatures.Archive, ("hash", Value.ForString(archive.Hash)), ("assets", Write((PropertyValue)archive.Assets, options)))
                    : Special(Signatures.Archive, ("hash", Value.ForString(archive.Hash)), (archive.Source.Key, Value.ForString(archive.Content)));
            default:
                return Value.ForNull();
        }
    }

    private static Value WriteResource(PropertyResource resource, WireOptions options)
    {
        var id = resource.Id is null ? null : Write(resource.Id, options);
        if (!options.KeepResources)
            return id ?? Value.ForString(resource.Urn);
        var target = Special(Signatures.Resource, ("urn", Value.ForString(resource.Urn)));
        if (id is not null)
            target.StructValue.Fields["id"] = id;
        if (resource.PackageVersion is { } version)
            target.StructValue.Fields["packageVersion"] = Value.ForString(version);
        return target;
    }

    private static Value Special(string signature, params ReadOnlySpan<(string Key, Value Value)> fields)
    {
        var target = new Struct { Fields = { [Signatures.Key] = Value.ForString(signature) } };
        foreach (var (key, value) in fields)
            target.Fields[key] = value;
        return Value.ForStruct(target);
    }

    private static (AssetSource Source, string? Content) AssetOf(IDictionary<string, Value> fields)
    {
        foreach (var source in System.Enum.GetValues<AssetSource>())
        {
            if (TextOrNull(fields, source.Key) is { } content)
                return (source, content);
        }
        return default;
    }

    private static string Text(IDictionary<string, Value> fields, string key) => TextOrNull(fields, key) ?? "";

    private static string? TextOrNull(IDictionary<string, Value> fields, string key) =>
        fields.TryGetValue(key, out var value) && value.KindCase == Value.KindOneofCase.StringValue ? value.StringValue : null;
}
