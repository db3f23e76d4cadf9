using System.Collections.Immutable;
using System.Diagnostics;
using PassthroughInfra.Engine.Events;
using PassthroughInfra.Engine.Providers;
using PassthroughInfra.Engine.State;
using PassthroughInfra.Engine.Values;

namespace PassthroughInfra.Engine.Deployments;

/// <summary>Carries out single steps: bounded in number, told as events, timed, and with errors told once.</summary>
internal sealed class StepRunner(DeploymentContext context) : IDisposable
{
    private readonly SemaphoreSlim slots = new(context.Options.Parallel);
    private readonly ActivityCount running = new();

    /// <summary>Ends when no step runs.</summary>
    public Task WhenIdle => running.WhenIdle;

    /// <summary>Carries out a step whose work is known.</summary>
    /// <param name="detail">The step as it is before it begins.</param>
    /// <param name="apply">Does the work; gives the resource's new state, null where it is gone.</param>
    /// <exception cref="StepFailedException">It failed, and the user has been told.</exception>
    /// <exception cref="HaltedException">The operation ended before it began.</exception>
    public async Task<ResourceState?> RunAsync(StepDetail detail, Func<Task<ResourceState?>> apply)
    {
        await EnterAsync();
        var clock = Stopwatch.StartNew();
        try
        {
            context.Events.On(new StepStarted(detail));
            var result = await apply();
            if (Counts(detail, result))
                context.Count(detail.Op);
            context.Events.On(new StepEnded(detail with { New = detail.New is null ? null : result ?? detail.New }, clock.Elapsed));
            return result;
        }
        catch (Exception problem) when (problem is not HaltedException)
        {
            if (problem is not StepFailedException)
                context.Diagnose(detail.Urn, DiagnosticSeverity.Error, Describe(problem));
            context.Events.On(new StepFailed(detail, clock.Elapsed));
            // What a provider says of one resource need not be the end of the others; a state that cannot be saved is.
            if (problem is ProviderException)
                context.FailStep();
            else
                context.Fail();
            throw problem is StepFailedException ? problem : new StepFailedException(problem.Message, problem);
        }
        finally
        {
            Leave();
        }
    }

    /// <summary>What each call about a resource carries.</summary>
    public ResourceContext For(ResourceState state, double? timeoutSeconds = null) => new(
        state.Urn, state.Type, state.Name, context.Options.IsPreview,
        timeoutSeconds is > 0 and var seconds ? TimeSpan.FromSeconds(seconds) : null,
        new ResourceLog(context, state.Urn), context.Stopping);

    /// <summary>An error in words: for the user's own it is the message, for an unexpected one everything.</summary>
    public static string Describe(Exception problem) => problem switch
    {
        ProviderException or EngineException => problem.Message,
        OperationCanceledException => "Stopped before it was done.",
        _ => $"An error within the engine, which is a bug: {problem}",
    };

    public void Dispose() => slots.Dispose();

    private static bool Counts(StepDetail detail, ResourceState? result) =>
        !detail.IsInternal && detail.Op.IsLogical
        && (detail.Op != StepOp.Read || detail.Old is null || result is null || !detail.Old.Outputs.Equals(result.Outputs));

    private async Task EnterAsync()
    {
        try
        {
            await slots.WaitAsync(context.Halted);
        }
        catch (OperationCanceledException)
        {
            throw new HaltedException();
        }
        running.Enter();
        if (context.Halted.IsCancellationRequested)
        {
            Leave();
            throw new HaltedException();
        }
    }

    private void Leave()
    {
        slots.Release();
        running.Leave();
    }
}
