using System.Collections.Immutable;
using Google.Protobuf.WellKnownTypes;

namespace Pulumi.Serialization;

/// <summary>What the engine says of a resource.</summary>
/// <param name="Urn">Its name.</param>
/// <param name="Id">The provider's name; empty where there is none yet.</param>
/// <param name="Properties">Its properties; those that hold an unknown are left out at preview.</param>
/// <param name="Dependencies">Resources that properties of a component, which a provider made, depend on.</param>
/// <param name="IsComplete">False where the resource failed or was skipped and the engine goes on: what is missing is unknown.</param>
internal sealed record ResourceState(
    string Urn,
    string Id,
    Struct Properties,
    IReadOnlyDictionary<string, ImmutableHashSet<Resource>> Dependencies,
    bool IsComplete = true)
{
    public static IReadOnlyDictionary<string, ImmutableHashSet<Resource>> NoDependencies { get; } =
        ImmutableDictionary<string, ImmutableHashSet<Resource>>.Empty;
}
