using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace PassthroughInfra.Component.Spec;

/// <summary>
/// Tells System.Text.Json how the spec is read. Of the spec's records it says what would be found by reflection, but hands over their values as objects: the
/// library's own way is generic over each of their types, and compiling that took half the time in which a preview starts.
/// </summary>
internal sealed class SpecTypes : DefaultJsonTypeInfoResolver
{
    /// <inheritdoc/>
    public override JsonTypeInfo GetTypeInfo(Type type, JsonSerializerOptions options) =>
        type.IsClass && type.Namespace == typeof(SpecTypes).Namespace && type.GetConstructor([]) is not null && TextValue.Of(type) is null
            ? Record(type, options)
            : base.GetTypeInfo(type, options);

    private static JsonTypeInfo Record(Type type, JsonSerializerOptions options)
    {
        var record = JsonTypeInfo.CreateJsonTypeInfo(type, options);
        record.CreateObject = () => Activator.CreateInstance(type)!;
        var nullability = new NullabilityInfoContext();

        // One that is computed from others is no key of the spec.
        foreach (var property in Declared(type).Where(p => p.CanWrite))
        {
            var itself = Nullable.GetUnderlyingType(property.PropertyType);
            var mayBeNull = property.PropertyType.IsValueType ? itself is not null : nullability.Create(property).WriteState != NullabilityState.NotNull;
            var value = TextValue.Of(itself ?? property.PropertyType);
            var key = record.CreateJsonPropertyInfo(value is null ? property.PropertyType : typeof(object), options.PropertyNamingPolicy!.ConvertName(property.Name));
            key.AttributeProvider = property;
            key.Get = property.GetValue;
            key.Set = property.SetValue;
            key.IsRequired = property.IsDefined(typeof(RequiredMemberAttribute));
            key.CustomConverter = value is null ? null : new TextValueConverter<object>(value, mayBeNull);
            if (!property.PropertyType.IsValueType && !mayBeNull)
            {
                key.IsGetNullable = key.IsSetNullable = false;
            }

            record.Properties.Add(key);
        }

        return record;
    }

    private static IEnumerable<PropertyInfo> Declared(Type? type) => type is null
        ? []
        : type.GetProperties(BindingFlags.Public | BindingFlags.Instance | BindingFlags.DeclaredOnly).Concat(Declared(type.BaseType));
}
