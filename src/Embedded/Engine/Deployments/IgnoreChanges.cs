using System.Collections.Immutable;
using PassthroughInfra.Engine.Values;

namespace PassthroughInfra.Engine.Deployments;

/// <summary>Sets the places a program asked to leave alone back to what the state has.</summary>
internal static class IgnoreChanges
{
    /// <summary>The new inputs with the old values at every place of <paramref name="paths"/>.</summary>
    public static PropertyMap Apply(PropertyMap @new, PropertyMap old, ImmutableArray<PropertyPath> paths) =>
        paths.Aggregate(@new, (inputs, path) => (PropertyMap)Reset(inputs, old, path.Steps.AsSpan())!);

    private static PropertyValue? Reset(PropertyValue? @new, PropertyValue? old, ReadOnlySpan<object> steps)
    {
        if (steps.IsEmpty)
            return old;
        if (@new is PropertySecret secret)
            return Reset(secret.Value, old?.Unwrapped, steps) is { } inner ? PropertyValue.Secret(inner) : null;
        old = old?.Unwrapped;
        return @new switch
        {
            PropertyMap map => ResetMap(map, old as PropertyMap, steps),
            PropertyList list => ResetList(list, old as PropertyList, steps),
            // What is not there on one side at all is as the state has it.
            null => old,
            _ => @new,
        };
    }

    private static PropertyMap ResetMap(PropertyMap map, PropertyMap? old, ReadOnlySpan<object> steps)
    {
        var keys = steps[0] is "*" ? map.Keys.Union(old?.Keys ?? []).ToArray() : [steps[0].ToString()!];
        foreach (var key in keys)
        {
            if (steps.Length > 1 && !map.ContainsKey(key))
                continue;
            var value = Reset(map.Get(key), old?.Get(key), steps[1..]);
            map = value is null ? map.Without(key) : map.With(key, value);
        }
        return map;
    }

    private static PropertyList ResetList(PropertyList list, PropertyList? old, ReadOnlySpan<object> steps)
    {
        var items = list.Items;
        for (var i = 0; i < items.Length; i++)
        {
            if ((steps[0] is "*" || Equals(steps[0], i)) && i < (old?.Count ?? 0) && Reset(items[i], old![i], steps[1..]) is { } value)
                items = items.SetItem(i, value);
        }
        if (steps[0] is "*" && steps.Length == 1 && old is not null)
            items = old.Items;
        return new(items);
    }
}
