using System.Collections;
using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;

namespace PassthroughInfra.Engine.Values;

/// <summary>A map of values by key, in ordinal key order; also the inputs and outputs of a resource.</summary>
public sealed record PropertyMap(ImmutableSortedDictionary<string, PropertyValue> Entries) : PropertyValue, IReadOnlyDictionary<string, PropertyValue>
{
    /// <summary>The map with nothing in it.</summary>
    public static PropertyMap Empty { get; } = new(ImmutableSortedDictionary.Create<string, PropertyValue>(StringComparer.Ordinal));

    public int Count => Entries.Count;

    public IEnumerable<string> Keys => Entries.Keys;

    public IEnumerable<PropertyValue> Values => Entries.Values;

    public PropertyValue this[string key] => Entries[key];

    public override bool ContainsUnknowns => Entries.Any(e => e.Value.ContainsUnknowns);

    public override bool ContainsSecrets => Entries.Any(e => e.Value.ContainsSecrets);

    /// <summary>A map of the given entries; of two entries with one key the later counts.</summary>
    public static PropertyMap Of(IEnumerable<KeyValuePair<string, PropertyValue>> entries)
    {
        var builder = Empty.Entries.ToBuilder();
        foreach (var (key, value) in entries)
            builder[key] = value;
        return new(builder.ToImmutable());
    }

    /// <summary>A map of the given entries; of two entries with one key the later counts.</summary>
    public static PropertyMap Of(params ReadOnlySpan<(string Key, PropertyValue Value)> entries)
    {
        var builder = Empty.Entries.ToBuilder();
        foreach (var (key, value) in entries)
            builder[key] = value;
        return new(builder.ToImmutable());
    }

    /// <summary>The value under a key, or null where there is none (an explicit <see cref="PropertyNull"/> counts as none).</summary>
    public PropertyValue? Get(string key) => Entries.TryGetValue(key, out var value) && !value.IsNull ? value : null;

    /// <summary>The text under a key, secret or not; null where there is none or it is no string.</summary>
    public string? GetString(string key) => Get(key)?.AsString;

    /// <summary>The number under a key, secret or not; null where there is none or it is no number.</summary>
    public double? GetNumber(string key) => Get(key)?.AsNumber;

    /// <summary>The bool under a key, secret or not; null where there is none or it is no bool.</summary>
    public bool? GetBool(string key) => Get(key)?.AsBool;

    /// <summary>The map under a key, secret or not; null where there is none or it is no map.</summary>
    public PropertyMap? GetMap(string key) => Get(key)?.AsMap;

    /// <summary>The list under a key, secret or not; null where there is none or it is no list.</summary>
    public PropertyList? GetList(string key) => Get(key)?.AsList;

    /// <summary>This map with one entry set.</summary>
    public PropertyMap With(string key, PropertyValue value) => new(Entries.SetItem(key, value));

    /// <summary>This map without one key.</summary>
    public PropertyMap Without(string key) => Entries.ContainsKey(key) ? new(Entries.Remove(key)) : this;

    /// <summary>This map with all entries of another, which win.</summary>
    public PropertyMap Merge(PropertyMap other) => new(Entries.SetItems(other.Entries));

    /// <summary>This map with every value changed by a function of key and value.</summary>
    public PropertyMap Select(Func<string, PropertyValue, PropertyValue> change) => Of(Entries.Select(e => KeyValuePair.Create(e.Key, change(e.Key, e.Value))));

    /// <summary>This map with every secret wrapper taken off, at every depth.</summary>
    public override PropertyMap WithoutSecrets() => ContainsSecrets ? Select((_, v) => v.WithoutSecrets()) : this;

    public bool ContainsKey(string key) => Entries.ContainsKey(key);

    public bool TryGetValue(string key, [MaybeNullWhen(false)] out PropertyValue value) => Entries.TryGetValue(key, out value);

    public bool Equals(PropertyMap? other)
    {
        if (other is null || Count != other.Count)
            return false;
        if (ReferenceEquals(Entries, other.Entries))
            return true;
        using var mine = Entries.GetEnumerator();
        using var theirs = other.Entries.GetEnumerator();
        while (mine.MoveNext() && theirs.MoveNext())
        {
            if (mine.Current.Key != theirs.Current.Key || !mine.Current.Value.Equals(theirs.Current.Value))
                return false;
        }
        return true;
    }

    public override int GetHashCode()
    {
        var hash = new HashCode();
        foreach (var (key, value) in Entries)
        {
            hash.Add(key);
            hash.Add(value);
        }
        return hash.ToHashCode();
    }

    public IEnumerator<KeyValuePair<string, PropertyValue>> GetEnumerator() => Entries.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    private protected override string Describe() => "{" + string.Join(", ", Entries.Select(e => $"{e.Key}: {e.Value}")) + "}";
}
