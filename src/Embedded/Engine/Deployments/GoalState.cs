using System.Collections.Immutable;
using PassthroughInfra.Engine.State;
using PassthroughInfra.Engine.Values;

namespace PassthroughInfra.Engine.Deployments;

/// <summary>The goal state of one resource: what the program wants it to be.</summary>
internal sealed record GoalState
{
    public required string Type { get; init; }

    public required string Name { get; init; }

    public string Parent { get; init; } = "";

    public bool Custom { get; init; }

    public PropertyMap Inputs { get; init; } = PropertyMap.Empty;

    /// <summary>Null where the program says nothing; the parent's then counts.</summary>
    public bool? Protect { get; init; }

    /// <summary>Null where the program says nothing; the parent's then counts.</summary>
    public bool? RetainOnDelete { get; init; }

    public ImmutableArray<string> Dependencies { get; init; } = [];

    public ImmutableSortedDictionary<string, ImmutableArray<string>> PropertyDependencies { get; init; } = ImmutableSortedDictionary<string, ImmutableArray<string>>.Empty;

    /// <summary>The provider reference; empty for the package's default.</summary>
    public string Provider { get; init; } = "";

    /// <summary>The version of the SDK's package; it names the default provider.</summary>
    public string Version { get; init; } = "";

    /// <summary>Null where the program leaves it to the provider.</summary>
    public bool? DeleteBeforeReplace { get; init; }

    public ImmutableArray<string> IgnoreChanges { get; init; } = [];

    public ImmutableArray<string> ReplaceOnChanges { get; init; } = [];

    public ImmutableArray<string> ReplaceWith { get; init; } = [];

    public ImmutableArray<string> AdditionalSecretOutputs { get; init; } = [];

    public ImmutableArray<GoalStateAlias> Aliases { get; init; } = [];

    public CustomTimeouts? CustomTimeouts { get; init; }

    /// <summary>Empty where the program says nothing; the parent's then counts.</summary>
    public string DeletedWith { get; init; } = "";
}

/// <summary>Another name a resource may have had: a URN, or what differs from its present one.</summary>
internal sealed record GoalStateAlias(
    string Urn = "", string Name = "", string Type = "", string Stack = "", string Project = "", string Parent = "", bool NoParent = false);

/// <summary>What a program wants to read that it does not own.</summary>
internal sealed record ReadGoalState(
    string Id, string Type, string Name, string Parent, PropertyMap Properties, ImmutableArray<string> Dependencies, string Provider, string Version,
    ImmutableArray<string> AdditionalSecretOutputs);
