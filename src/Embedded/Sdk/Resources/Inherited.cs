using System.Collections.Immutable;

namespace Pulumi;

/// <summary>What a resource has from its parents.</summary>
internal static class Inherited
{
    /// <summary>
    /// Every URN a resource may have had: by its own aliases, by its parent's, and by both together. They are made when asked
    /// for, as only an engine that takes no alias parts needs them.
    /// </summary>
    public static ImmutableArray<Lazy<Output<string>>> AliasesOf(string name, string type, ResourceOptions options)
    {
        var parent = options.Parent;
        if (options.Aliases.Count == 0 && parent is not { Aliases.Length: > 0 })
            return [];

        var own = options.Aliases
            .Select(alias => new Lazy<Output<string>>(() => alias.ToOutput().Apply(value => value.ToUrn(name, type, parent))))
            .ToImmutableArray();
        if (parent is null)
            return own;

        var all = own.ToBuilder();
        var parentName = parent.GetResourceName();
        foreach (var before in parent.Aliases)
        {
            all.Add(new Lazy<Output<string>>(() => Urn.OfChildBefore(name, type, parentName, before.Value)));
            all.AddRange(own.Select(alias => new Lazy<Output<string>>(() => alias.Value.Apply(urn =>
                Urn.OfChildBefore(Urn.NameOf(urn), Urn.TypeOf(urn), parentName, before.Value)))));
        }

        return all.ToImmutable();
    }
}
