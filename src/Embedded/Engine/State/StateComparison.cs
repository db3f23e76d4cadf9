using System.Collections.Immutable;

namespace PassthroughInfra.Engine.State;

internal static class StateComparison
{
    /// <summary>Whether two states of one resource say the same, the times of their changes aside.</summary>
    public static bool SameContent(ResourceState a, ResourceState b) =>
        a.Urn == b.Urn && a.Custom == b.Custom && a.Delete == b.Delete && a.Id == b.Id && a.Type == b.Type
        && a.Parent == b.Parent && a.Protect == b.Protect && a.External == b.External && a.Provider == b.Provider
        && a.PendingReplacement == b.PendingReplacement && a.RetainOnDelete == b.RetainOnDelete && a.DeletedWith == b.DeletedWith
        && a.CustomTimeouts == b.CustomTimeouts
        && Same(a.Dependencies, b.Dependencies) && Same(a.InitErrors, b.InitErrors) && Same(a.AdditionalSecretOutputs, b.AdditionalSecretOutputs)
        && Same(a.IgnoreChanges, b.IgnoreChanges) && Same(a.ReplaceOnChanges, b.ReplaceOnChanges) && Same(a.ReplaceWith, b.ReplaceWith)
        && SameDependencies(a.PropertyDependencies, b.PropertyDependencies)
        && a.Inputs.Equals(b.Inputs) && a.Outputs.Equals(b.Outputs);

    private static bool Same(ImmutableArray<string> a, ImmutableArray<string> b) => a.AsSpan().SequenceEqual(b.AsSpan());

    private static bool SameDependencies(ImmutableSortedDictionary<string, ImmutableArray<string>> a, ImmutableSortedDictionary<string, ImmutableArray<string>> b) =>
        a.Count == b.Count && a.All(entry => b.TryGetValue(entry.Key, out var other) && Same(entry.Value, other));
}
