using System.Collections;
using System.Collections.Immutable;

namespace PassthroughInfra.Engine.Values;

/// <summary>A list of values; nulls in it are kept.</summary>
public sealed record PropertyList(ImmutableArray<PropertyValue> Items) : PropertyValue, IReadOnlyList<PropertyValue>
{
    public int Count => Items.Length;

    public PropertyValue this[int index] => Items[index];

    public override bool ContainsUnknowns => Items.Any(i => i.ContainsUnknowns);

    public override bool ContainsSecrets => Items.Any(i => i.ContainsSecrets);

    public override PropertyValue WithoutSecrets() => ContainsSecrets ? new PropertyList([.. Items.Select(i => i.WithoutSecrets())]) : this;

    public bool Equals(PropertyList? other) => other is not null && (ReferenceEquals(this, other) || Items.AsSpan().SequenceEqual(other.Items.AsSpan()));

    public override int GetHashCode()
    {
        var hash = new HashCode();
        foreach (var item in Items)
            hash.Add(item);
        return hash.ToHashCode();
    }

    public IEnumerator<PropertyValue> GetEnumerator() => ((IEnumerable<PropertyValue>)Items).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    private protected override string Describe() => "[" + string.Join(", ", Items) + "]";
}
