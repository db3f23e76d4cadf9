namespace PassthroughInfra.Engine.State;

/// <summary>
/// Whether a state is whole, by the rules of the CLI's own check (VerifyIntegrity): a state that breaks one is refused by the CLI and by <c>stack import</c>,
/// and could let something be deleted before what uses it.
/// </summary>
internal static class SnapshotIntegrity
{
    /// <summary>The first rule that a state breaks, in words; null if it is whole.</summary>
    public static string? Fault(Snapshot snapshot)
    {
        var all = snapshot.Resources.Select(r => r.Urn).ToHashSet(StringComparer.Ordinal);
        var before = new HashSet<string>(StringComparer.Ordinal);
        var providers = new HashSet<string>(StringComparer.Ordinal);
        foreach (var resource in snapshot.Resources)
        {
            if (!Engine.Urn.IsValid(resource.Urn))
                return $"'{resource.Urn}' is no URN";
            if (resource.IsProvider)
                providers.Add(new ProviderReference(resource.Urn, resource.Id).ToString());
            if (resource.Provider.Length > 0 && !providers.Contains(resource.Provider))
                return $"{resource.Urn} refers to the provider {resource.Provider}, which does not come before it";
            if (resource.AllDependencies().FirstOrDefault(u => !before.Contains(u)) is { } used)
            {
                return all.Contains(used)
                    ? $"{resource.Urn} comes before {used}, which it uses; what is used has to come first"
                    : $"{resource.Urn} uses {used}, which is missing";
            }
            if (!before.Add(resource.Urn) && !resource.Delete)
                return $"{resource.Urn} is there twice";
        }
        return null;
    }
}
