using System.Collections.Immutable;

namespace PassthroughInfra.Engine.Values;

/// <summary>What happened to one property between two values.</summary>
public enum PropertyDiffKind
{
    Add,
    Update,
    Delete,
}

/// <summary>One difference: where, and what kind.</summary>
public sealed record PropertyDiff(PropertyPath Path, PropertyDiffKind Kind)
{
    /// <summary>
    /// Every difference between two maps, at the innermost place. A secret and the same value in plain are equal; an unknown differs from
    /// everything; a null and a missing key are equal.
    /// </summary>
    public static ImmutableArray<PropertyDiff> Between(PropertyMap old, PropertyMap @new)
    {
        var found = ImmutableArray.CreateBuilder<PropertyDiff>();
        Compare(PropertyPath.Root, old, @new, found);
        return found.ToImmutable();
    }

    private static void Compare(PropertyPath at, PropertyValue old, PropertyValue @new, ImmutableArray<PropertyDiff>.Builder found)
    {
        old = old.Unwrapped;
        @new = @new.Unwrapped;
        switch (old, @new)
        {
            case (PropertyMap oldMap, PropertyMap newMap):
                foreach (var key in oldMap.Keys.Union(newMap.Keys, StringComparer.Ordinal).Order(StringComparer.Ordinal))
                    CompareEntry(at.Append(key), oldMap.Get(key), newMap.Get(key), found);
                break;
            case (PropertyList oldList, PropertyList newList):
                for (var i = 0; i < Math.Max(oldList.Count, newList.Count); i++)
                    CompareEntry(at.Append(i), i < oldList.Count ? oldList[i] : null, i < newList.Count ? newList[i] : null, found);
                break;
            default:
                if (@new.ContainsUnknowns || !old.Equals(@new))
                    found.Add(new(at, PropertyDiffKind.Update));
                break;
        }
    }

    private static void CompareEntry(PropertyPath at, PropertyValue? old, PropertyValue? @new, ImmutableArray<PropertyDiff>.Builder found)
    {
        if (old is null && @new is null)
            return;
        if (old is null)
            found.Add(new(at, PropertyDiffKind.Add));
        else if (@new is null)
            found.Add(new(at, PropertyDiffKind.Delete));
        else
            Compare(at, old, @new, found);
    }
}
