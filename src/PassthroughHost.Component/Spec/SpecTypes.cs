using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;

namespace PassthroughInfra.Component.Spec;

/// <summary>
/// Tells System.Text.Json how the records of the spec are read. It says what would be found by reflection, but hands over words and texts as
/// objects: the library's own way is generic over each of their types, and compiling that took half the time in which a preview starts.
/// </summary>
internal sealed class SpecTypes : DefaultJsonTypeInfoResolver
{
    /// <inheritdoc/>
    public override JsonTypeInfo GetTypeInfo(Type type, JsonSerializerOptions options) =>
        type.IsClass && type.Namespace == typeof(SpecTypes).Namespace && type.GetConstructor([]) is not null && !SpecTexts.Is(type)
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
            var converter = SingleConverter.For(property.PropertyType);
            var key = record.CreateJsonPropertyInfo(converter is null ? property.PropertyType : typeof(object), options.PropertyNamingPolicy!.ConvertName(property.Name));
            key.AttributeProvider = property;
            key.Get = property.GetValue;
            key.Set = property.SetValue;
            key.IsRequired = property.IsDefined(typeof(RequiredMemberAttribute));
            key.CustomConverter = converter;
            if (!property.PropertyType.IsValueType && nullability.Create(property).WriteState == NullabilityState.NotNull)
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

    /// <summary>Reads and writes a property that is one word or one text.</summary>
    private sealed class SingleConverter(Type type, bool mayBeNull) : JsonConverter<object?>
    {
        public override bool HandleNull => true;

        /// <summary>The converter of a property; null where its type is something else.</summary>
        public static SingleConverter? For(Type type)
        {
            var itself = Nullable.GetUnderlyingType(type);
            var single = itself ?? type;
            return single.IsValueType && (single.IsEnum || SpecTexts.Is(single)) ? new(single, itself is not null) : null;
        }

        public override object? Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
            reader.TokenType == JsonTokenType.Null && mayBeNull ? null
            : type.IsEnum ? SpecWords.Read(type, ref reader)
            : SpecTexts.Read(type, ref reader);

        public override void Write(Utf8JsonWriter writer, object? value, JsonSerializerOptions options) =>
            writer.WriteStringValue(value is Enum word ? SpecWords.Word(word) : value?.ToString());
    }
}
