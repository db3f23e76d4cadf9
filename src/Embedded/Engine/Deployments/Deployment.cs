using System.Collections.Immutable;
using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using PassthroughInfra.Engine.Events;
using PassthroughInfra.Engine.Programs;
using PassthroughInfra.Engine.Providers;
using PassthroughInfra.Engine.Rpc;
using PassthroughInfra.Engine.State;
using PassthroughInfra.Engine.Values;

namespace PassthroughInfra.Engine.Deployments;

/// <summary>What an operation came to.</summary>
public sealed record DeploymentOutcome(
    OperationResult Result, ImmutableSortedDictionary<StepOp, int> Changes, PropertyMap? Outputs, Snapshot Snapshot, TimeSpan Duration)
{
    /// <summary>Whether anything but <c>same</c> was (or would be) done.</summary>
    public bool HasChanges => Changes.Any(c => c.Key != StepOp.Same && c.Value > 0);
}

/// <summary>Carries out one operation on one stack, from its state to its new state. Errors are told as events; the outcome says how it ended.</summary>
/// <param name="save">Puts a state on disk; not called in a preview.</param>
/// <param name="otherStackOutputs">Gives the outputs of another stack by name, for stack references.</param>
/// <param name="stopping">Set when the user asks to stop: what runs is finished, nothing begins.</param>
/// <param name="aborting">Set when everything must end at once.</param>
public sealed class Deployment(
    DeploymentTarget target, ProviderRegistry registry, IEngineEvents events, Action<Snapshot> save, Func<string, PropertyMap> otherStackOutputs,
    CancellationToken stopping, CancellationToken aborting)
{
    // The code by which a program says that it has reported its own error.
    private const int ReportedExitCode = 32;

    /// <summary>Runs the program and brings the stack to what it wants.</summary>
    public Task<DeploymentOutcome> UpdateAsync(Snapshot start, IStackProgram program, DeploymentOptions options) =>
        RunAsync(OperationKind.Update, start, options, async session =>
        {
            await RunProgramAsync(session, program, options);
            CheckTargets(session);
            await session.Deleter.DeleteUnwantedAsync(session.Registrations);
        });

    /// <summary>Deletes everything the stack has (or the targets, and what depends on them).</summary>
    public Task<DeploymentOutcome> DestroyAsync(Snapshot start, DeploymentOptions options) =>
        RunAsync(OperationKind.Destroy, start, options, session =>
        {
            CheckTargets(session);
            return session.Deleter.DeleteAllAsync();
        });

    /// <summary>Takes over the live state of everything the stack has.</summary>
    public Task<DeploymentOutcome> RefreshAsync(Snapshot start, DeploymentOptions options) =>
        RunAsync(OperationKind.Refresh, start, options with { Refresh = false }, session =>
        {
            CheckTargets(session);
            return session.Refresher.RefreshAllAsync();
        });

    private async Task<DeploymentOutcome> RunAsync(OperationKind kind, Snapshot start, DeploymentOptions options, Func<ProgramSession, Task> work)
    {
        var clock = Stopwatch.StartNew();
        events.On(new OperationStarted(kind, options.IsPreview, target.Project, target.Stack, target.Config.Shown));
        TellPending(start, options);
        if (options.Refresh)
        {
            var refreshed = await StageAsync(start, options, session => session.Refresher.RefreshAllAsync(), clock);
            if (refreshed.Result != OperationResult.Succeeded)
                return End(kind, options, start, refreshed);
            start = refreshed.Snapshot;
        }
        return End(kind, options, start, await StageAsync(start, options, work, clock));
    }

    private DeploymentOutcome End(OperationKind kind, DeploymentOptions options, Snapshot start, DeploymentOutcome outcome)
    {
        events.On(new OperationEnded(kind, options.IsPreview, outcome.Result, outcome.Duration, outcome.Changes, StackOutputs(start), outcome.Outputs));
        return outcome;
    }

    private async Task<DeploymentOutcome> StageAsync(Snapshot start, DeploymentOptions options, Func<ProgramSession, Task> work, Stopwatch clock)
    {
        var keeper = new SnapshotKeeper(start, options.IsPreview ? null : save);
        using var context = new DeploymentContext(target, options, events, start, keeper, stopping, aborting);
        await using var session = new ProgramSession(context, registry, otherStackOutputs);
        try
        {
            await work(session);
        }
        catch (Exception problem) when (problem is StepFailedException or HaltedException)
        {
            // Told already, or nothing to tell.
        }
        catch (EngineException problem)
        {
            context.Failure("", problem.Message);
        }
        // A step that runs on a host is finished and recorded whatever else has gone wrong.
        await session.WhenIdle;
        if (!context.Failed && !context.Halted.IsCancellationRequested && options.Targets.IsEmpty)
            keeper.Settle(options.ClearPendingCreates);
        try
        {
            await keeper.FinishAsync();
        }
        catch (EngineException problem)
        {
            // Where the disk is full, the step that met it first has said so.
            if (!context.WasTold(problem.Message))
                context.Diagnose("", DiagnosticSeverity.Error, problem.Message);
            context.Fail();
        }
        var result = aborting.IsCancellationRequested ? OperationResult.Stopped
            : context.Failed || (context.HasErrors && !stopping.IsCancellationRequested) ? OperationResult.Failed
            : stopping.IsCancellationRequested ? OperationResult.Stopped
            : OperationResult.Succeeded;
        var snapshot = keeper.Current;
        return new(result, context.Counts, session.StackOutputs ?? StackOutputs(snapshot), snapshot, clock.Elapsed);
    }

    /// <summary>A name that was mistyped would otherwise look like a run in which all is well.</summary>
    private static void CheckTargets(ProgramSession session)
    {
        var context = session.Context;
        var missing = context.Options.Targets
            .Where(t => !t.Contains('*', StringComparison.Ordinal) && !context.OldStates.ContainsKey(t) && !session.Registrations.IsClaimed(t)).ToArray();
        foreach (var target in missing)
            context.Failure("", $"Target '{target}' could not be found in the stack. Did the shell take a '$' out of it?");
        context.ThrowIfHalted();
    }

    private async Task RunProgramAsync(ProgramSession session, IStackProgram program, DeploymentOptions options)
    {
        var context = session.Context;
        var messages = new ProgramMessages(context, session.Registrations);
        await using var host = new RpcHost(session, messages);
        using var kill = CancellationTokenSource.CreateLinkedTokenSource(aborting);
        var run = program.RunAsync(
            new(EnvironmentFor(host.Address, options), host.Address, options.IsPreview, options.Parallel, target.Project, target.Stack, messages.Line), kill.Token);
        using var killer = context.Halted.Register(() => _ = KillAfterGraceAsync(session, kill, options.ProgramGrace));
        int exitCode;
        try
        {
            await WhenServingAsync(host, kill);
            exitCode = await run;
        }
        catch (OperationCanceledException)
        {
            throw new HaltedException();
        }
        await session.WhenIdle;
        context.ThrowIfHalted();
        // An error that was logged is the program's to judge, as with the CLI: .NET programs end with 1 then, Node programs need not.
        if (exitCode == 0)
        {
            // A program can end without waiting for its own resources; what it still asks for is not unwanted.
            await session.Calls.WhenIdle;
            context.ThrowIfHalted();
            return;
        }
        // A program that has said what is wrong need not be quoted a second time.
        if (exitCode == ReportedExitCode || messages.LoggedError)
        {
            context.Fail();
            throw new StepFailedException();
        }
        // .NET's own host ends with codes of this range too (0x80008081 and up, of which one byte is left), so it is said how it looks.
        throw context.Failure(session.Registrations.StackUrn, exitCode - 128 is 2 or 6 or 9 or 11 or 15
            ? $"The program exited with code {exitCode}, as one that signal {exitCode - 128} ended; what it wrote is above."
            : $"The program exited with code {exitCode} and said no error; what it wrote is above.");
    }

    /// <summary>A program whose calls nobody answers is not left behind.</summary>
    private static async Task WhenServingAsync(RpcHost host, CancellationTokenSource kill)
    {
        try
        {
            await host.WhenServing;
        }
        catch
        {
            await kill.CancelAsync();
            throw;
        }
    }

    /// <summary>Once nothing may begin any more, a program has no use; what runs is finished first.</summary>
    private static async Task KillAfterGraceAsync(ProgramSession session, CancellationTokenSource kill, TimeSpan grace)
    {
        try
        {
            await session.WhenIdle;
            await Task.Delay(grace, session.Context.Aborting);
            await kill.CancelAsync();
        }
        catch (Exception problem) when (problem is OperationCanceledException or ObjectDisposedException)
        {
            // The program has ended by itself, or is being killed anyway.
        }
    }

    private Dictionary<string, string> EnvironmentFor(string address, DeploymentOptions options) => new(StringComparer.Ordinal)
    {
        ["PULUMI_MONITOR"] = address,
        ["PULUMI_ENGINE"] = address,
        ["PULUMI_PROJECT"] = target.Project,
        ["PULUMI_STACK"] = target.Stack,
        ["PULUMI_ORGANIZATION"] = FileBackend.Organization,
        ["PULUMI_DRY_RUN"] = options.IsPreview ? "true" : "false",
        ["PULUMI_QUERY_MODE"] = "false",
        ["PULUMI_PARALLEL"] = options.Parallel.ToString(CultureInfo.InvariantCulture),
        ["PULUMI_CONFIG"] = JsonSerializer.Serialize(target.Config.Values),
        ["PULUMI_CONFIG_SECRET_KEYS"] = JsonSerializer.Serialize(target.Config.SecretKeys),
        ["PULUMI_PWD"] = target.Directory,
        ["PULUMI_ROOT_DIRECTORY"] = target.Root,
    };

    private void TellPending(Snapshot start, DeploymentOptions options)
    {
        foreach (var operation in start.PendingOperations)
        {
            var advice = !operation.IsCreation ? "This run does what is still wanted; look at the resource if it matters."
                : options.ClearPendingCreates ? "It is forgotten now, as --clear-pending-creates asks."
                : "Look whether the resource is there; this stays until 'refresh --clear-pending-creates' says that it has been looked at.";
            events.On(new Diagnostic(operation.Resource.Urn, DiagnosticSeverity.Warning,
                $"an earlier run was cut off while {operation.Type} '{operation.Resource.Name}'; whether that was done is not known. {advice}"));
        }
    }

    private static PropertyMap? StackOutputs(Snapshot snapshot) => snapshot.Resources.FirstOrDefault(r => r.Type == Urn.StackType)?.Outputs;
}
