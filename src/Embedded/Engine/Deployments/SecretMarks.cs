using System.Collections.Immutable;
using PassthroughInfra.Engine.Values;

namespace PassthroughInfra.Engine.Deployments;

/// <summary>Marks what comes back from a provider as secret where what went in was, so that a provider cannot lose a mark.</summary>
internal static class SecretMarks
{
    /// <summary>Marks each value of <paramref name="target"/> that stands where <paramref name="source"/> has a secret.</summary>
    public static PropertyMap Follow(PropertyMap target, PropertyMap source) => source.ContainsSecrets
        ? target.Select((key, value) => source.TryGetValue(key, out var from) ? Follow(value, from) : value)
        : target;

    /// <summary>Marks the named top-level values.</summary>
    public static PropertyMap Mark(PropertyMap target, ImmutableArray<string> names) => names.Aggregate(
        target, (marked, name) => marked.TryGetValue(name, out var value) ? marked.With(name, PropertyValue.Secret(value)) : marked);

    private static PropertyValue Follow(PropertyValue target, PropertyValue source)
    {
        if (source is PropertySecret secret)
            return PropertyValue.Secret(Follow(target, secret.Value));
        if (!source.ContainsSecrets)
            return target;
        return (target, source) switch
        {
            (PropertySecret wrapped, _) => PropertyValue.Secret(Follow(wrapped.Value, source)),
            (PropertyMap map, PropertyMap from) => Follow(map, from),
            (PropertyList list, PropertyList from) when list.Count == from.Count => new PropertyList([.. list.Zip(from, Follow)]),
            // A list of another length cannot be matched item by item: all of it is kept secret rather than some of it shown.
            (PropertyList list, PropertyList) => PropertyValue.Secret(list),
            _ => target,
        };
    }
}
