using System.Collections.Immutable;
using System.Reflection;
using System.Text.Json;

namespace Pulumi.Serialization;

/// <summary>
/// Turns what <see cref="PropertyDeserializer"/> read into the type an output is declared with. A value that does not fit is a
/// warning and the default of the type, not an error: providers change faster than programs.
/// </summary>
/// <param name="warn">Takes the warnings.</param>
internal sealed class ValueConverter(Action<string> warn)
{
    private static readonly MethodInfo s_output = typeof(ValueConverter).GetMethod(nameof(OutputOf), BindingFlags.Static | BindingFlags.NonPublic)!;
    private static readonly MethodInfo s_map = typeof(ValueConverter).GetMethod(nameof(MapOf), BindingFlags.Static | BindingFlags.NonPublic)!;

    /// <param name="context">The place, for warnings.</param>
    /// <param name="value">What was read.</param>
    /// <param name="target">The type that is declared.</param>
    public object? Convert(string context, object? value, Type target)
    {
        var (converted, misfit) = TryConvert(context, value, target);
        if (misfit is not null)
            warn(misfit);
        return converted;
    }

    public OutputData<T> Convert<T>(string context, OutputData<object?> data)
    {
        var converted = Convert(context, data.Value, typeof(T));
        return new OutputData<T>(data.Resources, converted is null ? default! : (T)converted, data.IsKnown, data.IsSecret);
    }

    private (object? Value, string? Misfit) TryConvert(string context, object? value, Type target)
    {
        var underlying = Nullable.GetUnderlyingType(target);
        if (value is null)
            return (target.IsValueType && underlying is null ? Activator.CreateInstance(target) : null, null);
        if (underlying is not null)
            return TryConvert(context, value, underlying);
        if (target == typeof(object))
            return (value, null);
        if (target == typeof(int))
            return value is double number ? ((int)number, null) : (null, Expected(context, typeof(double), value));
        if (target == typeof(JsonElement))
            return TryJson(context, value);
        if (target == typeof(string) || target == typeof(bool) || target == typeof(double)
            || target.IsAssignableTo(typeof(AssetOrArchive)) || target.IsAssignableTo(typeof(Resource)))
        {
            return target.IsInstanceOfType(value) ? (value, null) : (null, Expected(context, target, value));
        }

        if (target.IsEnum)
        {
            var (ordinal, misfit) = TryConvert(context, value, Enum.GetUnderlyingType(target));
            return ordinal is null ? (null, misfit) : (Enum.ToObject(target, ordinal), misfit);
        }

        if (target.IsValueType && target.IsDefined(typeof(EnumTypeAttribute)))
            return TryNamed(context, value, target);
        if (target.IsConstructedGenericType)
            return TryGeneric(context, value, target);
        return TryOutputType(context, value, target);
    }

    private static (object? Value, string? Misfit) TryNamed(string context, object value, Type target)
    {
        if (value is not (string or double))
            return (null, Expected(context, $"{typeof(string).FullName} or {typeof(double).FullName}", value));

        var constructor = target.GetConstructor(BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance, [value.GetType()]);
        return constructor is null
            ? (null, $"Expected target type {target.FullName} to have a constructor with a single {value.GetType().FullName} parameter.")
            : (constructor.Invoke([value]), null);
    }

    private (object? Value, string? Misfit) TryGeneric(string context, object value, Type target)
    {
        var definition = target.GetGenericTypeDefinition();
        var arguments = target.GenericTypeArguments;
        if (definition == typeof(Output<>))
        {
            var (inner, misfit) = TryConvert(context, value, arguments[0]);
            return misfit is null ? (s_output.MakeGenericMethod(arguments).Invoke(null, [inner]), null) : (null, misfit);
        }

        if (definition == typeof(ImmutableArray<>))
        {
            return value is ImmutableArray<object?> list
                ? (ImmutableArrays.Make(arguments[0], [.. list.Select(item => Convert(context, item, arguments[0]))]), null)
                : (null, Expected(context, typeof(ImmutableArray<object>), value));
        }

        if ((definition == typeof(ImmutableDictionary<,>) || definition == typeof(Dictionary<,>)) && arguments[0] == typeof(string))
        {
            if (value is not ImmutableDictionary<string, object?> map)
                return (null, Expected(context, typeof(ImmutableDictionary<string, object>), value));
            var entries = map.Select(entry => KeyValuePair.Create(entry.Key, Convert(context, entry.Value, arguments[1])));
            return (s_map.MakeGenericMethod(arguments[1]).Invoke(null, [entries, definition == typeof(Dictionary<,>)]), null);
        }

        throw new InvalidOperationException($"Unexpected generic target type {target.FullName} when deserializing {context}");
    }

    private (object? Value, string? Misfit) TryOutputType(string context, object value, Type target)
    {
        if (!target.IsDefined(typeof(OutputTypeAttribute)))
            return (null, $"Unexpected target type {target.FullName} when deserializing {context}");

        var constructor = OutputTypes.ConstructorOf(target);
        if (constructor is null)
        {
            return (
                null,
                $"Expected target type {target.FullName} to have [{nameof(OutputConstructorAttribute)}] constructor when deserializing {context}");
        }

        if (value is not ImmutableDictionary<string, object?> properties)
            return (null, Expected(context, typeof(ImmutableDictionary<string, object>), value));

        var arguments = constructor.GetParameters().Select(parameter =>
        {
            var name = parameter.GetCustomAttribute<OutputConstructorParameterAttribute>()?.Name ?? parameter.Name!;
            return Convert($"{target.FullName}({parameter.Name})", properties.GetValueOrDefault(name), parameter.ParameterType);
        });
        return (constructor.Invoke([.. arguments]), null);
    }

    private static (object? Value, string? Misfit) TryJson(string context, object value)
    {
        try
        {
            return (JsonSerializer.SerializeToElement(value), null);
        }
        catch (NotSupportedException)
        {
            return (null, $"Unexpected type {value.GetType().FullName} when converting {context} to {nameof(JsonElement)}");
        }
    }

    private static string Expected(string context, Type expected, object value) => Expected(context, expected.FullName!, value);

    private static string Expected(string context, string expected, object value) =>
        $"Expected {expected} but got {value.GetType().FullName} deserializing {context}";

    private static Output<T> OutputOf<T>(object? value) => Output.Create(value is null ? default! : (T)value);

    private static object MapOf<T>(IEnumerable<KeyValuePair<string, object?>> entries, bool mutable)
    {
        var typed = entries.Select(static entry => KeyValuePair.Create(entry.Key, entry.Value is null ? default! : (T)entry.Value));
        return mutable ? new Dictionary<string, T>(typed) : ImmutableDictionary.CreateRange(typed);
    }
}
