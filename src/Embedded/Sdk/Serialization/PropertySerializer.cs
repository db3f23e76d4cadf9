using System.Collections;
using System.Reflection;
using System.Text.Json;
using Google.Protobuf.WellKnownTypes;
using Pulumi.Runtime;
using Type = System.Type;

namespace Pulumi.Serialization;

/// <summary>How values are to be written.</summary>
/// <param name="KeepResources">Resources as references, not only their ids.</param>
/// <param name="KeepOutputValues">Outputs with what is known of them, for components that providers make.</param>
/// <param name="SkipReferences">A resource that is a value is no dependency.</param>
internal readonly record struct WriteMode(bool KeepResources, bool KeepOutputValues = false, bool SkipReferences = false);

/// <summary>Writes the values of a program as the protocol's, and gathers the resources they depend on.</summary>
internal sealed class PropertySerializer(WriteMode mode)
{
    public HashSet<Resource> Dependencies { get; } = [];

    /// <summary>The value as the protocol has it; null for a null.</summary>
    /// <exception cref="InvalidOperationException">It is of a type that has no place in the protocol; the message says where.</exception>
    public async ValueTask<Value?> WriteAsync(string path, object? value)
    {
        switch (value)
        {
            case null:
                return null;
            case string text:
                return Value.ForString(text);
            case bool flag:
                return Value.ForBool(flag);
            case int number:
                return Value.ForNumber(number);
            case double number:
                return Value.ForNumber(number);
            case InputArgs args:
                return Value.ForStruct(await WriteEntriesAsync(path, args.ToDictionary()).ConfigureAwait(false));
            case AssetOrArchive asset:
                return await WriteAssetAsync(path, asset).ConfigureAwait(false);
            case Task:
                throw new InvalidOperationException(
                    $"Tasks are not allowed inside ResourceArgs. Please wrap your Task in an Output:\n\t{path}");
            case IInput input:
                return await WriteAsync(path, input.Untyped).ConfigureAwait(false);
            case JsonElement element:
                return JsonInput.Write(element);
            case IOutput output:
                return await WriteOutputAsync(path, output).ConfigureAwait(false);
            case Resource resource:
                return await WriteResourceAsync(path, resource).ConfigureAwait(false);
            case IDictionary dictionary:
                return Value.ForStruct(await WriteDictionaryAsync(path, dictionary).ConfigureAwait(false));
            case IList list:
                return await WriteListAsync(path, list).ConfigureAwait(false);
            case System.Enum named when named.GetTypeCode() == TypeCode.Int32:
                return Value.ForNumber(Convert.ToInt32(named));
            case ValueTuple:
                return null;
            default:
                return await WriteMarkedAsync(path, value).ConfigureAwait(false);
        }
    }

    private async Task<Struct> WriteEntriesAsync(string path, IEnumerable<KeyValuePair<string, object?>> entries)
    {
        var written = new Struct();
        foreach (var (name, value) in entries)
        {
            // As in JSON, what is null is left out of an object.
            if (await WriteAsync($"{path}.{name}", value).ConfigureAwait(false) is { } property)
                written.Fields.Add(name, property);
        }

        return written;
    }

    private async Task<Struct> WriteDictionaryAsync(string path, IDictionary dictionary)
    {
        var written = new Struct();
        foreach (var key in dictionary.Keys)
        {
            if (key is not string name)
                throw new InvalidOperationException($"Dictionaries are only supported with string keys:\n\t{path}");
            if (await WriteAsync($"{path}.{name}", dictionary[name]).ConfigureAwait(false) is { } property)
                written.Fields.Add(name, property);
        }

        return written;
    }

    private async Task<Value> WriteListAsync(string path, IList list)
    {
        var written = new ListValue();
        if (!ImmutableArrays.IsDefault(list))
        {
            for (var index = 0; index < list.Count; index++)
                written.Values.Add(await WriteAsync($"{path}[{index}]", list[index]).ConfigureAwait(false) ?? Value.ForNull());
        }

        return new Value { ListValue = written };
    }

    private async Task<Value> WriteAssetAsync(string path, AssetOrArchive asset)
    {
        var content = await WriteAsync($"{path}.{asset.Property}", asset.Content).ConfigureAwait(false);
        return Marked(asset.Signature, (asset.Property, content));
    }

    private async Task<Value?> WriteOutputAsync(string path, IOutput output)
    {
        var data = await output.GetDataAsync().ConfigureAwait(false);
        // Outputs inside this one are part of its value; only the outermost is described as an output.
        var inside = new PropertySerializer(mode with { KeepOutputValues = false });
        var value = data.IsKnown ? await inside.WriteAsync(path, data.Value).ConfigureAwait(false) : null;
        inside.Dependencies.UnionWith(data.Resources);
        Dependencies.UnionWith(inside.Dependencies);

        if (mode.KeepOutputValues)
            return await WriteOutputValueAsync(data, value, inside.Dependencies).ConfigureAwait(false);
        if (!data.IsKnown)
            return Value.ForString(Wire.Unknown);
        return data.IsSecret ? Marked(Wire.SecretSignature, (Wire.Value, value ?? Value.ForNull())) : value;
    }

    private static async Task<Value?> WriteOutputValueAsync(OutputData<object?> data, Value? value, HashSet<Resource> dependencies)
    {
        if (data.IsKnown && !data.IsSecret && dependencies.Count == 0)
            return value;

        var urns = await DependencyGraph.UrnsOfAsync(dependencies).ConfigureAwait(false);
        return Marked(
            Wire.OutputValueSignature,
            (Wire.Value, data.IsKnown ? value ?? Value.ForNull() : null),
            (Wire.Secret, data.IsSecret ? Value.ForBool(true) : null),
            (Wire.Dependencies, urns.Count > 0 ? Value.ForList([.. urns.Order(StringComparer.Ordinal).Select(Value.ForString)]) : null));
    }

    private async Task<Value?> WriteResourceAsync(string path, Resource resource)
    {
        // The id and the URN are outputs of the resource, and would make it a dependency.
        var writer = mode.KeepResources && mode.SkipReferences ? new PropertySerializer(mode with { KeepOutputValues = false }) : this;
        if (resource is CustomResource)
            writer.Dependencies.Add(resource);

        var plain = new PropertySerializer(mode with { KeepOutputValues = false });
        var id = resource is CustomResource custom ? await plain.WriteAsync($"{path}.id", custom.Id).ConfigureAwait(false) : null;
        if (resource is CustomResource && !mode.KeepResources)
        {
            writer.Dependencies.UnionWith(plain.Dependencies);
            return id;
        }

        var urn = await plain.WriteAsync($"{path}.urn", resource.Urn).ConfigureAwait(false);
        writer.Dependencies.UnionWith(plain.Dependencies);
        if (!mode.KeepResources)
            return urn;
        if (id is { StringValue: Wire.Unknown })
            id = Value.ForString("");
        return Marked(Wire.ResourceSignature, (Wire.Urn, urn), (Wire.Id, id));
    }

    /// <summary>A struct that stands for a text or number, or a result of another function given on as an argument.</summary>
    private async Task<Value?> WriteMarkedAsync(string path, object value)
    {
        var type = value.GetType();
        if (type.IsValueType && type.IsDefined(typeof(EnumTypeAttribute)))
        {
            var convert = type.GetMethod("op_Explicit", BindingFlags.Public | BindingFlags.Static, [type]);
            if (convert?.ReturnType != typeof(string) && convert?.ReturnType != typeof(double))
            {
                throw new InvalidOperationException(
                    $"Expected {type.FullName} to have an explicit conversion operator to String or Double.\n\t{path}");
            }

            return await WriteAsync(path, convert.Invoke(null, [value])).ConfigureAwait(false);
        }

        if (!type.IsDefined(typeof(OutputTypeAttribute)))
            throw new InvalidOperationException($"{type.FullName} is not a supported argument type.\n\t{path}");

        var fields = type.GetFields(BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic).Where(static field => field.IsInitOnly);
        return Value.ForStruct(await WriteEntriesAsync(path, fields.Select(field =>
            KeyValuePair.Create(char.ToLowerInvariant(field.Name[0]) + field.Name[1..], field.GetValue(value)))).ConfigureAwait(false));
    }

    private static Value Marked(string signature, params ReadOnlySpan<(string Name, Value? Value)> properties)
    {
        var marked = new Struct { Fields = { [Wire.Signature] = Value.ForString(signature) } };
        foreach (var (name, value) in properties)
        {
            if (value is not null)
                marked.Fields.Add(name, value);
        }

        return Value.ForStruct(marked);
    }
}
