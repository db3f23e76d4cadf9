using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using PassthroughInfra.Engine.Deployments;
using PassthroughInfra.Engine.Events;
using PassthroughInfra.Engine.Programs;
using PassthroughInfra.Engine.Projects;
using PassthroughInfra.Engine.Providers;
using PassthroughInfra.Engine.State;

namespace PassthroughInfra.Engine.Workspaces;

/// <summary>
/// The operations on one stack, as the command line offers them: with lock, backup, state and history around what
/// <see cref="Deployment"/> does.
/// </summary>
/// <param name="stopping">Set when the user asks to stop (Ctrl-C once).</param>
/// <param name="aborting">Set when everything must end at once (Ctrl-C twice).</param>
public sealed class StackOperations(Stack stack, ProviderRegistry registry, IStackProgram program, IEngineEvents events, CancellationToken stopping, CancellationToken aborting)
{
    private Task? prepared;

    /// <summary>Shows what an update would do; nothing is changed and nothing locked.</summary>
    public Task<DeploymentOutcome> PreviewAsync(DeploymentOptions options) => RunAsync(options with { IsPreview = true }, Update);

    /// <summary>Brings the stack to what its program wants.</summary>
    public Task<DeploymentOutcome> UpAsync(DeploymentOptions options, string message) => ChangeAsync("update", options, message, Update);

    /// <summary>Shows what a destroy would delete.</summary>
    public Task<DeploymentOutcome> PreviewDestroyAsync(DeploymentOptions options) => RunAsync(options with { IsPreview = true }, Destroy);

    /// <summary>Deletes everything the stack has.</summary>
    public Task<DeploymentOutcome> DestroyAsync(DeploymentOptions options, string message) => ChangeAsync("destroy", options, message, Destroy);

    /// <summary>Shows what a refresh would find.</summary>
    public Task<DeploymentOutcome> PreviewRefreshAsync(DeploymentOptions options) => RunAsync(options with { IsPreview = true }, Refresh);

    /// <summary>Takes over the live state.</summary>
    public Task<DeploymentOutcome> RefreshAsync(DeploymentOptions options, string message) => ChangeAsync("refresh", options, message, Refresh);

    private async Task<DeploymentOutcome> Update(Deployment deployment, Snapshot snapshot, DeploymentOptions options)
    {
        await PrepareAsync();
        return await deployment.UpdateAsync(snapshot, program, options);
    }

    private static Task<DeploymentOutcome> Destroy(Deployment deployment, Snapshot snapshot, DeploymentOptions options) => deployment.DestroyAsync(snapshot, options);

    private static Task<DeploymentOutcome> Refresh(Deployment deployment, Snapshot snapshot, DeploymentOptions options) => deployment.RefreshAsync(snapshot, options);

    private Task PrepareAsync() => prepared ??= program.PrepareAsync(text => events.On(new Progress(text)), stopping);

    private async Task<DeploymentOutcome> ChangeAsync(
        string kind, DeploymentOptions options, string message, Func<Deployment, Snapshot, DeploymentOptions, Task<DeploymentOutcome>> work)
    {
        // Built before the lock is taken: a build takes long, and a program that does not build changes nothing.
        if (kind == "update")
            await PrepareAsync();
        // Whoever is asked may walk away, or stop here; the stack is nobody's until then.
        stack.Secrets.AskNow();
        using var held = stack.Lock(text => events.On(new Diagnostic("", DiagnosticSeverity.Warning, text)));
        if (!stack.HasState)
            events.On(new Progress($"making the state of stack '{stack.Name}' in {stack.Workspace.Backend.Root}"));
        stack.Store.Backup();
        var began = DateTimeOffset.UtcNow;
        var outcome = await RunAsync(options with { IsPreview = false }, work);
        if (!stack.HasState)
            stack.Store.Save(outcome.Snapshot);
        KeepHistory(History(kind, message, began, outcome));
        return outcome;
    }

    private void KeepHistory(ReadOnlyMemory<byte> update)
    {
        try
        {
            stack.Workspace.Backend.AddHistory(stack.Workspace.Project.Name, stack.Name, update);
        }
        catch (EngineException problem)
        {
            // What was done is done and in the state; that it is missing from the history is no failure of it.
            events.On(new Diagnostic("", DiagnosticSeverity.Warning, $"This run is not in the stack's history: {problem.Message}"));
        }
    }

    private async Task<DeploymentOutcome> RunAsync(DeploymentOptions options, Func<Deployment, Snapshot, DeploymentOptions, Task<DeploymentOutcome>> work)
    {
        var project = stack.Workspace.Project;
        // Reading can mean deriving a key; a build can go on meanwhile.
        var reading = Task.Run(() => (Snapshot: stack.Store.Load(), Config: stack.Settings.Resolve(stack.Secrets.DecryptConfig)), stopping);
        var (snapshot, config) = await reading;
        var target = new DeploymentTarget(project.Name, stack.Name, config, project.Directory, project.ProgramDirectory);
        var deployment = new Deployment(target, registry, events, stack.Store.Save, stack.OutputsOf, stopping, aborting);
        return await work(deployment, snapshot, options);
    }

    private ReadOnlyMemory<byte> History(string kind, string message, DateTimeOffset began, DeploymentOutcome outcome)
    {
        var changes = new JsonObject();
        foreach (var (op, count) in outcome.Changes)
            changes[op.Name] = count;
        var update = new JsonObject
        {
            ["kind"] = kind,
            ["startTime"] = began.ToUnixTimeSeconds(),
            ["message"] = message,
            ["environment"] = new JsonObject { ["exec.kind"] = "passthrough" },
            ["config"] = stack.Settings.Recorded(),
            ["result"] = outcome.Result == OperationResult.Succeeded ? "succeeded" : "failed",
            ["endTime"] = DateTimeOffset.UtcNow.ToUnixTimeSeconds(),
            ["resourceChanges"] = changes,
        };
        return Encoding.UTF8.GetBytes(update.ToJsonString());
    }
}
