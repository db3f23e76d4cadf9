using System.Collections.Immutable;
using PassthroughInfra.Engine.Providers;
using PassthroughInfra.Engine.State;
using PassthroughInfra.Engine.Values;

namespace PassthroughInfra.Engine.Events;

/// <summary>What happens during an operation, for whoever shows it. Events of one resource come in order.</summary>
public abstract record EngineEvent;

/// <summary>An operation begins.</summary>
/// <param name="Kind">Preview, update, refresh or destroy.</param>
/// <param name="IsPreview">Whether nothing is changed.</param>
/// <param name="Config">The stack's configuration by key; secrets as <c>[secret]</c>.</param>
public sealed record OperationStarted(OperationKind Kind, bool IsPreview, string Project, string Stack, ImmutableSortedDictionary<string, string> Config) : EngineEvent;

/// <summary>A step begins.</summary>
public sealed record StepStarted(StepDetail Step) : EngineEvent;

/// <summary>A step has ended well; <see cref="StepDetail.New"/> has the outputs.</summary>
public sealed record StepEnded(StepDetail Step, TimeSpan Duration) : EngineEvent;

/// <summary>A step has failed; its diagnostic has come before.</summary>
public sealed record StepFailed(StepDetail Step, TimeSpan Duration) : EngineEvent;

/// <summary>A component or the stack has given its outputs.</summary>
public sealed record OutputsRegistered(ResourceState State, PropertyMap? OldOutputs) : EngineEvent;

/// <summary>A line of a running command's output.</summary>
public sealed record ResourceOutput(string Urn, string Line) : EngineEvent;

/// <summary>What a running step is at; replaces what was said before.</summary>
public sealed record ResourceStatus(string Urn, string Text) : EngineEvent;

/// <summary>Something to tell the user; <paramref name="Urn"/> is empty where it belongs to no resource.</summary>
/// <param name="Ephemeral">Whether it is of interest only while the operation runs.</param>
public sealed record Diagnostic(string Urn, DiagnosticSeverity Severity, string Message, bool Ephemeral = false) : EngineEvent;

/// <summary>What the engine itself is at, such as building the program.</summary>
public sealed record Progress(string Text) : EngineEvent;

/// <summary>The operation has ended.</summary>
/// <param name="Changes">How many resources went through each operation.</param>
/// <param name="Outputs">The stack's outputs; null where it has none (after a destroy).</param>
public sealed record OperationEnded(
    OperationKind Kind, bool IsPreview, OperationResult Result, TimeSpan Duration, ImmutableSortedDictionary<StepOp, int> Changes,
    PropertyMap? OldOutputs, PropertyMap? Outputs) : EngineEvent;

/// <summary>What an operation does; the names are the CLI's in its history.</summary>
public enum OperationKind
{
    Update,
    Refresh,
    Destroy,
}

/// <summary>How an operation ended.</summary>
public enum OperationResult
{
    Succeeded,
    Failed,

    /// <summary>Stopped by the user; what was running was finished.</summary>
    Stopped,
}

/// <summary>One step in detail.</summary>
/// <param name="Old">The state before; null for a creation.</param>
/// <param name="New">The state after, in a preview as far as it is known; null for a deletion.</param>
/// <param name="Changes">What differs, by place; the place's kind ends in <c>-replace</c> in JSON where it calls for a replacement.</param>
/// <param name="ReplaceKeys">The places that call for a replacement.</param>
/// <param name="IsInternal">Whether it is of a provider made from defaults, which is not shown.</param>
public sealed record StepDetail(
    StepOp Op, string Urn, ResourceState? Old, ResourceState? New, ImmutableArray<PropertyDiff> Changes, ImmutableArray<PropertyPath> ReplaceKeys, bool IsInternal)
{
    /// <summary>The state after, or before where there is none after.</summary>
    public ResourceState State => New ?? Old!;

    /// <summary>Whether it is the stack's own resource.</summary>
    public bool IsStack => State.Type == Engine.Urn.StackType;
}
