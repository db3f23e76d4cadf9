namespace Pulumi.Runtime;

/// <summary>
/// The resources that stand for a dependency. A component stands for what it is made of: its children, and theirs where they
/// are components too; one that a provider makes is known to wait for its own children, and stands for itself.
/// </summary>
internal static class DependencyGraph
{
    public static async Task<HashSet<string>> UrnsOfAsync(IEnumerable<Resource> resources)
    {
        var urns = new HashSet<string>(StringComparer.Ordinal);
        foreach (var resource in Expand(resources))
        {
            if (await resource.Urn.ValueOrAsync("").ConfigureAwait(false) is { Length: > 0 } urn)
                urns.Add(urn);
        }

        return urns;
    }

    /// <summary>Whether all of them have ids, which is when they are made.</summary>
    public static async Task<bool> ExistAsync(IEnumerable<Resource> resources)
    {
        foreach (var resource in Expand(resources).OfType<CustomResource>())
        {
            // Of one that is only referred to by its URN, no id can be known.
            if (resource is not DependencyResource && !(await resource.Id.DataTask.ConfigureAwait(false)).IsKnown)
                return false;
        }

        return true;
    }

    private static List<Resource> Expand(IEnumerable<Resource> resources)
    {
        var seen = new HashSet<Resource>();
        var expanded = new List<Resource>();
        var open = new Stack<Resource>(resources.Reverse());
        while (open.TryPop(out var resource))
        {
            if (!seen.Add(resource))
                continue;
            if (resource is not ComponentResource component || component.IsRemote)
                expanded.Add(resource);
            if (resource is ComponentResource)
            {
                foreach (var child in resource.Children)
                    open.Push(child);
            }
        }

        return expanded;
    }
}
