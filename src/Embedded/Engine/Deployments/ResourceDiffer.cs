using System.Collections.Immutable;
using PassthroughInfra.Engine.Providers;
using PassthroughInfra.Engine.State;
using PassthroughInfra.Engine.Values;

namespace PassthroughInfra.Engine.Deployments;

/// <summary>Compares the state of a resource with what the program wants.</summary>
internal sealed class ResourceDiffer(ProviderInstances providers, Registrations registrations, StepRunner runner)
{
    /// <summary>What differs.</summary>
    /// <param name="new">The wanted state with checked inputs.</param>
    public async Task<Difference> CompareAsync(ResourceState old, ResourceState @new, GoalState goal, CancellationToken cancellation)
    {
        // A component that becomes a custom resource, or the other way round, is another thing under the same name.
        if (!old.IsProvider && (old.Provider.Length == 0) != (@new.Provider.Length == 0))
            return Difference.ReplaceFor("provider");
        if (goal.ReplaceWith.Any(registrations.IsReplaced))
            return Difference.ReplaceFor("replaceWith");
        if (!@new.Custom || @new.IsProvider)
        {
            // What the CLI keeps for itself among a provider's inputs is no difference.
            var changes = PropertyDiff.Between(old.Inputs.Without("__internal"), @new.Inputs);
            return new(changes.Length > 0, changes, [], false);
        }
        var provider = await providers.GetAsync(@new.Provider);
        var result = await provider.DiffAsync(
            new(runner.For(@new), old.Id, old.Inputs.WithoutSecrets(), old.Outputs.WithoutSecrets(), @new.Inputs.WithoutSecrets()), cancellation);
        return Extend(result, goal.ReplaceOnChanges, old.InitErrors.Length > 0);
    }

    /// <summary>Which of a resource's dependents would have to be replaced with it, were their properties that come from it to change.</summary>
    public async Task<bool> MustBeReplacedWithAsync(ResourceState dependent, IReadOnlySet<string> condemned, CancellationToken cancellation)
    {
        // What has begun to register before cannot use it any more: it would have had to wait for it.
        if (!dependent.Custom || dependent.External || registrations.IsClaimed(dependent.Urn))
            return false;
        if (dependent.Provider.Length > 0 && condemned.Contains(ProviderReference.Parse(dependent.Provider).ProviderUrn))
            return true;
        var touched = dependent.PropertyDependencies.Where(d => d.Value.Any(condemned.Contains)).Select(d => d.Key).Where(dependent.Inputs.ContainsKey).ToArray();
        if (touched.Length == 0 || dependent.IsProvider)
            return false;
        var inputs = touched.Aggregate(dependent.Inputs.WithoutSecrets(), (all, key) => all.With(key, PropertyValue.Unknown));
        var provider = await providers.GetAsync(dependent.Provider);
        var result = await provider.DiffAsync(
            new(runner.For(dependent), dependent.Id, dependent.Inputs.WithoutSecrets(), dependent.Outputs.WithoutSecrets(), inputs), cancellation);
        return Extend(result, dependent.ReplaceOnChanges, hasInitErrors: false).IsReplace;
    }

    private static Difference Extend(DiffResult result, ImmutableArray<string> replaceOnChanges, bool hasInitErrors)
    {
        if (result.Changes.IsEmpty && !hasInitErrors && !result.IsUnknown && result.ReplaceKeys.IsEmpty)
            return Difference.None;
        var paths = replaceOnChanges.Select(PropertyPath.Parse).ToArray();
        var keys = result.ReplaceKeys.Union(result.Changes.Select(c => c.Path).Where(c => paths.Any(p => p.Contains(c))));
        return new(true, result.Changes, [.. keys], result.DeleteBeforeReplace);
    }
}
