using System.Collections;
using System.Collections.Immutable;
using System.Reflection;

namespace Pulumi.Serialization;

/// <summary>Immutable arrays whose type of element is known only at run time.</summary>
internal static class ImmutableArrays
{
    private static readonly MethodInfo s_make = typeof(ImmutableArrays).GetMethod(nameof(MakeOf), BindingFlags.Static | BindingFlags.NonPublic)!;

    /// <summary>True for an immutable array that was never given anything, which throws where any other list is empty.</summary>
    public static bool IsDefault(IList list)
    {
        var type = list.GetType();
        return type.IsValueType
            && type.IsGenericType
            && type.GetGenericTypeDefinition() == typeof(ImmutableArray<>)
            && list.Equals(Activator.CreateInstance(type));
    }

    public static object Make(Type element, IReadOnlyList<object?> items) => s_make.MakeGenericMethod(element).Invoke(null, [items])!;

    private static ImmutableArray<T> MakeOf<T>(IReadOnlyList<object?> items) =>
        [.. items.Select(static item => item is null ? default! : (T)item)];
}
