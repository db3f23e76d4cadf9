using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using Google.Protobuf.WellKnownTypes;

namespace Pulumi.Serialization;

/// <summary>
/// Reads the protocol's values: objects, lists, texts, numbers (all are doubles) and truth values, assets, archives and
/// resources. What is secret or unknown anywhere inside makes the whole so.
/// </summary>
internal static class PropertyDeserializer
{
    public static OutputData<object?> Read(Value value)
    {
        var combiner = new OutputCombiner();
        var read = Read(value, ref combiner);
        return combiner.Finish(read);
    }

    private static object? Read(Value value, ref OutputCombiner combiner)
    {
        switch (value.KindCase)
        {
            case Value.KindOneofCase.NumberValue:
                return value.NumberValue;
            case Value.KindOneofCase.BoolValue:
                return value.BoolValue;
            case Value.KindOneofCase.StringValue when value.StringValue == Wire.Unknown:
                combiner.Take(OutputData<object?>.Unknown([], isSecret: false));
                return null;
            case Value.KindOneofCase.StringValue:
                return value.StringValue;
            case Value.KindOneofCase.NullValue:
                return null;
            case Value.KindOneofCase.ListValue:
                return ReadList(value.ListValue, ref combiner);
            case Value.KindOneofCase.StructValue:
                return TryGetText(value.StructValue, Wire.Signature, out var signature)
                    ? ReadMarked(signature, value.StructValue, ref combiner)
                    : ReadObject(value.StructValue, ref combiner);
            default:
                throw new InvalidOperationException($"The engine sent a value of no kind: {value.KindCase}.");
        }
    }

    private static ImmutableArray<object?> ReadList(ListValue list, ref OutputCombiner combiner)
    {
        var items = ImmutableArray.CreateBuilder<object?>(list.Values.Count);
        foreach (var item in list.Values)
            items.Add(Read(item, ref combiner));
        return items.MoveToImmutable();
    }

    private static ImmutableDictionary<string, object?> ReadObject(Struct value, ref OutputCombiner combiner)
    {
        var properties = ImmutableDictionary.CreateBuilder<string, object?>();
        foreach (var (name, property) in value.Fields)
            properties.Add(name, Read(property, ref combiner));
        return properties.ToImmutable();
    }

    private static object? ReadMarked(string signature, Struct value, ref OutputCombiner combiner)
    {
        switch (signature)
        {
            case Wire.SecretSignature:
                combiner.Take(OutputData<object?>.Of(null, isSecret: true));
                return value.Fields.TryGetValue(Wire.Value, out var secret)
                    ? Read(secret, ref combiner)
                    : throw new InvalidOperationException("Secrets must have a field called 'value'");
            case Wire.AssetSignature:
                return ReadAsset(value);
            case Wire.ArchiveSignature:
                return ReadArchive(value);
            case Wire.ResourceSignature:
                return TryGetText(value, Wire.Urn, out var urn)
                    ? ResourceTypes.Refer(urn)
                    : throw new InvalidOperationException("Value was marked as a Resource, but did not conform to required shape.");
            case Wire.OutputValueSignature:
                return ReadOutputValue(value, ref combiner);
            default:
                return ReadObject(value, ref combiner);
        }
    }

    private static object? ReadOutputValue(Struct value, ref OutputCombiner combiner)
    {
        var resources = value.Fields.TryGetValue(Wire.Dependencies, out var urns) && urns.KindCase == Value.KindOneofCase.ListValue
            ? urns.ListValue.Values.Select(static urn => (Resource)new DependencyResource(urn.StringValue)).ToImmutableHashSet()
            : [];
        var isSecret = value.Fields.TryGetValue(Wire.Secret, out var secret) && secret.BoolValue;
        var isKnown = value.Fields.TryGetValue(Wire.Value, out var inner);
        combiner.Take(new OutputData<object?>(resources, null, isKnown, isSecret));
        return isKnown ? Read(inner!, ref combiner) : null;
    }

    private static Asset ReadAsset(Struct value) =>
        TryGetText(value, Wire.PathProperty, out var path) ? new FileAsset(path)
        : TryGetText(value, Wire.UriProperty, out var uri) ? new RemoteAsset(uri)
        : TryGetText(value, Wire.TextProperty, out var text) ? new StringAsset(text)
        : throw new InvalidOperationException("Value was marked as Asset, but did not conform to required shape.");

    private static Archive ReadArchive(Struct value)
    {
        if (TryGetText(value, Wire.PathProperty, out var path))
            return new FileArchive(path);
        if (TryGetText(value, Wire.UriProperty, out var uri))
            return new RemoteArchive(uri);
        if (!value.Fields.TryGetValue(Wire.AssetsProperty, out var assets) || assets.KindCase != Value.KindOneofCase.StructValue)
            throw new InvalidOperationException("Value was marked as Archive, but did not conform to required shape.");

        var combiner = new OutputCombiner();
        return new AssetArchive(ReadObject(assets.StructValue, ref combiner).ToImmutableDictionary(
            static asset => asset.Key,
            static asset => asset.Value as AssetOrArchive
                ?? throw new InvalidOperationException("AssetArchive contained an element that wasn't itself an Asset or Archive.")));
    }

    private static bool TryGetText(Struct value, string name, [NotNullWhen(true)] out string? text)
    {
        text = value.Fields.TryGetValue(name, out var property) && property.KindCase == Value.KindOneofCase.StringValue
            ? property.StringValue
            : null;
        return text is not null;
    }
}
