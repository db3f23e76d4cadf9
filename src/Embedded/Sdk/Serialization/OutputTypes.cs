using System.Collections.Immutable;
using System.Reflection;
using System.Text.Json;

namespace Pulumi.Serialization;

/// <summary>The types an output can be of. Others are refused when the resource is made, and not only when a value comes.</summary>
internal static class OutputTypes
{
    private const BindingFlags Any = BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic;

    private static readonly HashSet<Type> s_plain =
    [
        typeof(bool), typeof(int), typeof(double), typeof(string), typeof(object), typeof(JsonElement),
        typeof(Asset), typeof(Archive), typeof(AssetOrArchive),
    ];

    private static readonly HashSet<Type> s_generic =
    [
        typeof(Nullable<>), typeof(Output<>), typeof(ImmutableArray<>), typeof(ImmutableDictionary<,>), typeof(Dictionary<,>),
    ];

    /// <param name="context">The place, for the error.</param>
    /// <param name="type">The type that is declared.</param>
    /// <exception cref="InvalidOperationException">An output cannot be of that type.</exception>
    public static void Check(string context, Type type) => Check(context, type, []);

    /// <summary>The constructor by which a class of outputs is made.</summary>
    public static ConstructorInfo? ConstructorOf(Type type)
    {
        var all = type.GetConstructors(Any);
        return all.FirstOrDefault(static candidate => candidate.IsDefined(typeof(OutputConstructorAttribute)))
            ?? (all.Where(static candidate => candidate.IsPublic).ToList() is [var only] ? only : null);
    }

    private static void Check(string context, Type type, HashSet<Type> seen)
    {
        // A class may hold itself.
        if (!seen.Add(type) || s_plain.Contains(type) || type.IsAssignableTo(typeof(Resource)) || IsNamed(type))
            return;

        if (type.IsConstructedGenericType && s_generic.Contains(type.GetGenericTypeDefinition()))
        {
            var arguments = type.GenericTypeArguments;
            if (type.GetGenericTypeDefinition() == typeof(ImmutableDictionary<,>) || type.GetGenericTypeDefinition() == typeof(Dictionary<,>))
            {
                if (arguments[0] != typeof(string))
                    throw new InvalidOperationException($"{context} has the type {type}: the keys of a map are texts");
                arguments = arguments[1..];
            }

            foreach (var argument in arguments)
                Check(context, argument, seen);
            return;
        }

        if (type.IsConstructedGenericType || !type.IsDefined(typeof(OutputTypeAttribute)))
        {
            throw new InvalidOperationException(
                $"{context} has the type {type}, of which no output can be. A list is an ImmutableArray, a map an ImmutableDictionary with texts as keys; "
                + $"a class is marked with [{nameof(OutputTypeAttribute)}].");
        }

        var constructor = ConstructorOf(type)
            ?? throw new InvalidOperationException($"{context} has the type {type}, which has no constructor marked with [{nameof(OutputConstructorAttribute)}].");
        foreach (var parameter in constructor.GetParameters())
            Check($"{type.FullName}({parameter.Name})", parameter.ParameterType, seen);
    }

    /// <summary>Whether values of it are one of several numbers or texts.</summary>
    private static bool IsNamed(Type type) => type.IsEnum
        ? Enum.GetUnderlyingType(type) == typeof(int)
        : type.IsValueType && type.IsDefined(typeof(EnumTypeAttribute))
            && (type.GetConstructor(Any, [typeof(string)]) ?? type.GetConstructor(Any, [typeof(double)])) is not null;
}
