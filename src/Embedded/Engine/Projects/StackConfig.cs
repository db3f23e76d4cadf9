using System.Collections.Immutable;

namespace PassthroughInfra.Engine.Projects;

/// <summary>A stack's configuration as its program gets it: secrets decrypted, structured values as JSON text.</summary>
/// <param name="Values">The values by <c>namespace:key</c>.</param>
/// <param name="SecretKeys">The keys whose value is or holds a secret.</param>
public sealed record StackConfig(ImmutableSortedDictionary<string, string> Values, ImmutableSortedSet<string> SecretKeys)
{
    /// <summary>No configuration.</summary>
    public static StackConfig Empty { get; } = new(ImmutableSortedDictionary<string, string>.Empty, ImmutableSortedSet<string>.Empty);

    /// <summary>The values for a person: secrets as <c>[secret]</c>.</summary>
    public ImmutableSortedDictionary<string, string> Shown => Values.ToImmutableSortedDictionary(v => v.Key, v => SecretKeys.Contains(v.Key) ? "[secret]" : v.Value);
}
