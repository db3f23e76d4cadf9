using System.Collections.Concurrent;
using System.Collections.Immutable;
using PassthroughInfra.Engine.Events;
using PassthroughInfra.Engine.Providers;
using PassthroughInfra.Engine.State;

namespace PassthroughInfra.Engine.Deployments;

/// <summary>What the parts of one running operation share.</summary>
internal sealed class DeploymentContext : IDisposable
{
    private readonly CancellationTokenSource halt;
    private readonly ConcurrentDictionary<StepOp, int> counts = [];
    private readonly ConcurrentDictionary<string, bool> errors = new(StringComparer.Ordinal);

    /// <param name="stopping">Set when the user asks to stop: what runs is finished, nothing begins.</param>
    /// <param name="aborting">Set when everything must end at once.</param>
    public DeploymentContext(
        DeploymentTarget target, DeploymentOptions options, IEngineEvents events, Snapshot start, SnapshotKeeper keeper, CancellationToken stopping, CancellationToken aborting)
    {
        Target = target;
        Options = options;
        Events = events;
        Start = start;
        Keeper = keeper;
        Stopping = stopping;
        Aborting = aborting;
        halt = CancellationTokenSource.CreateLinkedTokenSource(stopping, aborting);
        OldStates = start.Resources.Where(r => !r.Delete)
            .GroupBy(r => r.Urn, StringComparer.Ordinal).ToDictionary(g => g.Key, g => g.Last(), StringComparer.Ordinal);
    }

    public DeploymentTarget Target { get; }

    public DeploymentOptions Options { get; }

    public IEngineEvents Events { get; }

    /// <summary>The state before the operation (after its refresh, if it has one).</summary>
    public Snapshot Start { get; }

    public SnapshotKeeper Keeper { get; }

    public CancellationToken Stopping { get; }

    public CancellationToken Aborting { get; }

    /// <summary>Set when nothing may begin any more: the user asked to stop, or something failed.</summary>
    public CancellationToken Halted => halt.Token;

    /// <summary>The old states of resources by URN, replaced copies left out.</summary>
    public IReadOnlyDictionary<string, ResourceState> OldStates { get; }

    /// <summary>Whether something failed.</summary>
    public bool Failed { get; private set; }

    /// <summary>Whether an error was told to the user.</summary>
    public bool HasErrors => !errors.IsEmpty;

    /// <summary>How many resources went through each operation so far.</summary>
    public ImmutableSortedDictionary<StepOp, int> Counts => counts.ToImmutableSortedDictionary();

    /// <summary>Ends the operation as failed: what runs is finished, nothing begins.</summary>
    public void Fail()
    {
        Failed = true;
        halt.Cancel();
    }

    /// <summary>Notes that one step has failed, which ends the operation unless it is to go on with what does not depend on it.</summary>
    public void FailStep()
    {
        if (Options.ContinueOnError)
            Failed = true;
        else
            Fail();
    }

    /// <summary>Tells the user of something that belongs to a resource, or to none (an empty URN).</summary>
    public void Diagnose(string urn, DiagnosticSeverity severity, string message, bool ephemeral = false)
    {
        if (severity == DiagnosticSeverity.Error)
            errors[message] = true;
        Tell(urn, severity, message, ephemeral);
    }

    /// <summary>Passes on what the program says; whether it fails the operation, the program's exit code says.</summary>
    public void Tell(string urn, DiagnosticSeverity severity, string message, bool ephemeral) => Events.On(new Diagnostic(urn, severity, message, ephemeral));

    /// <summary>Tells the user of an error and ends the operation as failed.</summary>
    /// <returns>What to throw.</returns>
    public StepFailedException Failure(string urn, string message)
    {
        Diagnose(urn, DiagnosticSeverity.Error, message);
        Fail();
        return new(message);
    }

    /// <summary>Whether this very error was told already.</summary>
    public bool WasTold(string message) => errors.ContainsKey(message);

    public void Count(StepOp op) => counts.AddOrUpdate(op, 1, (_, n) => n + 1);

    /// <exception cref="HaltedException">Nothing may begin any more.</exception>
    public void ThrowIfHalted()
    {
        if (Halted.IsCancellationRequested)
            throw new HaltedException();
    }

    public void Dispose() => halt.Dispose();
}

/// <summary>A step failed, and the user has been told.</summary>
internal sealed class StepFailedException : Exception
{
    public StepFailedException()
    {
    }

    public StepFailedException(string message)
        : base(message)
    {
    }

    public StepFailedException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}

/// <summary>A resource failed, or was passed over because one that it depends on did, and the run goes on without it.</summary>
/// <param name="urn">Which.</param>
/// <param name="isPassedOver">Whether it was not tried.</param>
internal sealed class ResourceFailedException(string urn, bool isPassedOver) : Exception($"{urn} is left out.")
{
    public string Urn => urn;

    public bool IsPassedOver => isPassedOver;
}

/// <summary>The operation is ending; the call that meets this has nothing to add.</summary>
internal sealed class HaltedException : Exception
{
    public HaltedException()
        : base("The operation is ending.")
    {
    }

    public HaltedException(string message)
        : base(message)
    {
    }

    public HaltedException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
