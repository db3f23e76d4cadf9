using System.Collections.Immutable;
using System.Text.Json;
using PassthroughInfra.Engine.Values;

namespace PassthroughInfra.Engine.State;

/// <summary>The bounds a program sets on a resource's operations, in seconds; null or 0 means none.</summary>
public sealed record CustomTimeouts(double? Create, double? Update, double? Delete, double? Read = null);

/// <summary>One resource of a checkpoint. Names and meanings are those of the CLI's checkpoint, version 3.</summary>
public sealed record ResourceState
{
    public required string Urn { get; init; }

    /// <summary>Whether a provider manages it; components are not custom.</summary>
    public bool Custom { get; init; }

    /// <summary>Whether it is a replaced copy that is still to be deleted.</summary>
    public bool Delete { get; init; }

    /// <summary>The provider's name for it; empty for components and for what is not created yet.</summary>
    public string Id { get; init; } = "";

    public required string Type { get; init; }

    public PropertyMap Inputs { get; init; } = PropertyMap.Empty;

    public PropertyMap Outputs { get; init; } = PropertyMap.Empty;

    public string Parent { get; init; } = "";

    public bool Protect { get; init; }

    /// <summary>Whether it was only read, and is not ours to change or delete.</summary>
    public bool External { get; init; }

    public ImmutableArray<string> Dependencies { get; init; } = [];

    public ImmutableArray<string> InitErrors { get; init; } = [];

    /// <summary>The provider reference, <c>urn::id</c>; empty for components and providers.</summary>
    public string Provider { get; init; } = "";

    public ImmutableSortedDictionary<string, ImmutableArray<string>> PropertyDependencies { get; init; } = ImmutableSortedDictionary<string, ImmutableArray<string>>.Empty;

    /// <summary>Whether it has been deleted for a replacement that was not created yet.</summary>
    public bool PendingReplacement { get; init; }

    public ImmutableArray<string> AdditionalSecretOutputs { get; init; } = [];

    public CustomTimeouts? CustomTimeouts { get; init; }

    public bool RetainOnDelete { get; init; }

    public string DeletedWith { get; init; } = "";

    public DateTimeOffset? Created { get; init; }

    public DateTimeOffset? Modified { get; init; }

    public ImmutableArray<string> IgnoreChanges { get; init; } = [];

    public ImmutableArray<string> ReplaceOnChanges { get; init; } = [];

    /// <summary>The resources with which it is replaced.</summary>
    public ImmutableArray<string> ReplaceWith { get; init; } = [];

    /// <summary>Members of the checkpoint that are not used here, kept as they came.</summary>
    public ImmutableSortedDictionary<string, JsonElement> Others { get; init; } = ImmutableSortedDictionary<string, JsonElement>.Empty;

    /// <summary>The logical name.</summary>
    public string Name => Engine.Urn.Name(Urn);

    /// <summary>Whether it is a provider.</summary>
    public bool IsProvider => Type.StartsWith(Engine.Urn.ProviderTypePrefix, StringComparison.Ordinal);

    /// <summary>Whether it is a provider that the engine made from defaults.</summary>
    public bool IsDefaultProvider => IsProvider && new ProviderReference(Urn, "").IsDefault;

    /// <summary>Every URN that must exist before this resource, and must outlive it.</summary>
    public IEnumerable<string> AllDependencies()
    {
        if (Parent.Length > 0)
            yield return Parent;
        if (Provider.Length > 0)
            yield return ProviderReference.Parse(Provider).ProviderUrn;
        foreach (var urn in Dependencies)
            yield return urn;
        foreach (var urn in PropertyDependencies.Values.SelectMany(d => d))
            yield return urn;
        if (DeletedWith.Length > 0)
            yield return DeletedWith;
    }

    // Two states are the same only if they are one: a stack can hold a resource and the replaced copy of it under one URN.
    public bool Equals(ResourceState? other) => ReferenceEquals(this, other);

    public override int GetHashCode() => System.Runtime.CompilerServices.RuntimeHelpers.GetHashCode(this);
}

/// <summary>An operation that had begun when the state was saved.</summary>
/// <param name="Resource">The resource as it was to become (or, for a deletion, as it was).</param>
/// <param name="Type"><c>creating</c>, <c>updating</c>, <c>deleting</c> or <c>reading</c>.</param>
public sealed record PendingOperation(ResourceState Resource, string Type)
{
    /// <summary>Whether a resource may exist that no state names.</summary>
    public bool IsCreation => Type == "creating";
}

/// <summary>A stack's state: its resources, parents and dependencies before their users.</summary>
public sealed record Snapshot(ImmutableArray<ResourceState> Resources, ImmutableArray<PendingOperation> PendingOperations, string? Salt)
{
    /// <summary>The state of a stack that has nothing.</summary>
    public static Snapshot Empty { get; } = new([], [], null);
}
