using System.ComponentModel;
using System.Reflection;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;

namespace PassthroughInfra.Component.Spec.Schema;

/// <summary>
/// Reads the shape of the spec off the types that <see cref="SpecReader"/> reads it into: keys, words and patterns by the same metadata the
/// reader goes by, so that the schema and the reference cannot say anything else.
/// </summary>
public static class SpecShapes
{
    private static readonly (string Suffix, string Unit)[] Units =
        [("Seconds", "seconds"), ("Milliseconds", "milliseconds"), ("Microseconds", "microseconds"), ("KiB", "KiB"), ("MiB", "MiB"), ("GiB", "GiB"), ("mtu", "bytes")];

    /// <summary>The shape of a whole machine.</summary>
    public static ObjectShape Machine { get; } = (ObjectShape)Of(typeof(MachineSpec));

    /// <summary>The shape of any type of the spec.</summary>
    /// <exception cref="NotSupportedException">The type reads itself and does not say what it reads.</exception>
    public static SpecShape Of(Type type)
    {
        type = Nullable.GetUnderlyingType(type) ?? type;
        if (TextValue.Of(type) is { } value)
        {
            return value switch
            {
                { Words: { } words } => new WordShape(words) { Value = value },
                { ItemPattern: { } item } => new TextOrListShape(value.Pattern, item, value.Expected) { Value = value },
                _ => new TextShape(value.Pattern, value.Expected) { Value = value },
            };
        }

        if (type == typeof(string))
        {
            return new StringShape();
        }

        if (type == typeof(bool))
        {
            return new BooleanShape();
        }

        if (type == typeof(int) || type == typeof(long))
        {
            return new IntegerShape(type == typeof(int) ? int.MaxValue : long.MaxValue);
        }

        var info = SpecReader.Json.GetTypeInfo(type);
        return info.Kind switch
        {
            JsonTypeInfoKind.Enumerable => new ListShape(Of(info.ElementType!)),
            JsonTypeInfoKind.Dictionary => new MapShape(Of(info.KeyType!), Of(info.ElementType!)),
            JsonTypeInfoKind.Object => new ObjectShape(type, Members(type, info)),
            _ => throw new NotSupportedException($"{type} has no shape: let it be an ITextValue, an ITextOrListValue or an enumeration."),
        };
    }

    // What must be there first; then keys of a base type: those of any endpoint before the one that only a connection has.
    private static IReadOnlyList<SpecMember> Members(Type type, JsonTypeInfo info)
    {
        var defaults = Activator.CreateInstance(type)!;
        return
        [
            .. info.Properties
                .Select(p => (Json: p, Property: (PropertyInfo)p.AttributeProvider!))
                .OrderByDescending(p => p.Json.IsRequired).ThenBy(p => Depth(p.Property.DeclaringType!)).ThenBy(p => p.Property.MetadataToken)
                .Select(p => new SpecMember(
                    p.Json.Name,
                    Of(p.Property.PropertyType),
                    p.Json.IsRequired,
                    p.Json.IsRequired ? null : Default(p.Property, defaults),
                    p.Property.GetCustomAttribute<DescriptionAttribute>()?.Description
                        ?? throw new NotSupportedException($"{type.Name}.{p.Property.Name} has no [Description]: the schema and the reference need one."),
                    Unit(p.Json.Name),
                    p.Property.IsDefined(typeof(SpecSecretAttribute)),
                    p.Property.PropertyType.IsValueType ? Nullable.GetUnderlyingType(p.Property.PropertyType) is not null : p.Json.IsSetNullable)
                {
                    FormerName = p.Property.GetCustomAttribute<FormerKeyAttribute>()?.Name,
                }),
        ];
    }

    private static int Depth(Type type) => type.BaseType is { } parent ? Depth(parent) + 1 : 0;

    // An empty list and a map of nothing but defaults say nothing that the description does not.
    private static JsonNode? Default(PropertyInfo property, object defaults)
    {
        var value = property.GetValue(defaults);
        var node = value is null ? null : JsonSerializer.SerializeToNode(value, property.PropertyType, SpecReader.Json);
        return node is JsonValue ? node : null;
    }

    private static string? Unit(string name) =>
        Units.Where(u => name.EndsWith(u.Suffix, StringComparison.Ordinal)).Select(u => u.Unit).FirstOrDefault();
}
