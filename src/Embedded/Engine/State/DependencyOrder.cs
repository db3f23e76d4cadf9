using System.Collections.Immutable;

namespace PassthroughInfra.Engine.State;

/// <summary>Puts resources in an order in which parents and dependencies come before their users, and otherwise leaves them as they are.</summary>
internal static class DependencyOrder
{
    public static ImmutableArray<ResourceState> Sort(IEnumerable<ResourceState> resources)
    {
        var all = resources.ToArray();
        var live = all.Where(r => !r.Delete).ToLookup(r => r.Urn, StringComparer.Ordinal);
        var placed = new HashSet<ResourceState>();
        var sorted = ImmutableArray.CreateBuilder<ResourceState>(all.Length);
        foreach (var resource in all)
            Place(resource);
        return sorted.ToImmutable();

        void Place(ResourceState resource)
        {
            if (!placed.Add(resource))
                return;
            foreach (var used in resource.AllDependencies().SelectMany(u => live[u]))
                Place(used);
            sorted.Add(resource);
        }
    }
}
