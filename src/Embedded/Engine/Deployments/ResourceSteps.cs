using System.Collections.Concurrent;
using System.Collections.Immutable;
using PassthroughInfra.Engine.Events;
using PassthroughInfra.Engine.Providers;
using PassthroughInfra.Engine.State;
using PassthroughInfra.Engine.Values;

namespace PassthroughInfra.Engine.Deployments;

/// <summary>The steps a registration can come to, each recorded in the state before and after.</summary>
internal sealed class ResourceSteps(DeploymentContext context, ProviderInstances providers, StepRunner runner, ResourceDiffer differ) : IDisposable
{
    private readonly ConcurrentDictionary<ResourceState, bool> deletedForDependency = new();
    private readonly ConcurrentDictionary<ResourceState, bool> replacedBeforeDeletion = new();
    private readonly ConcurrentDictionary<string, bool> skipped = new(StringComparer.Ordinal);
    private readonly SemaphoreSlim deletingFirst = new(1);

    private bool IsPreview => context.Options.IsPreview;

    /// <summary>Whether an old state's resource was deleted in this run because something it depends on was.</summary>
    public bool WasDeletedForDependency(ResourceState old) => deletedForDependency.ContainsKey(old);

    /// <summary>Whether an old state's resource has been replaced in this run and is still to be deleted.</summary>
    public bool AwaitsDeletion(ResourceState old) => replacedBeforeDeletion.ContainsKey(old);

    /// <summary>Notes that an old state's resource has been replaced and is still to be deleted.</summary>
    public void SetAwaitsDeletion(ResourceState old) => replacedBeforeDeletion[old] = true;

    /// <summary>Notes that a new resource is not created because it is no target.</summary>
    public void SetSkipped(string urn) => skipped[urn] = true;

    /// <summary>Nothing to do; options and dependencies can differ all the same.</summary>
    public async Task<ResourceState> SameAsync(ResourceState old, ResourceState desired)
    {
        var same = desired with { Id = old.Id, Outputs = Marked(desired, old.Outputs), Others = old.Others, InitErrors = old.InitErrors };
        var result = await runner.RunAsync(
            Detail(StepOp.Same, old, same, Difference.None), () => Task.FromResult<ResourceState?>(context.Keeper.PutUnchanged(old, same)));
        return result!;
    }

    /// <summary>Leaves a resource that is no target as it is, under the name it has now.</summary>
    public async Task<ResourceState> SkipAsync(ResourceState old, ResourceState renamed)
    {
        var result = await runner.RunAsync(Detail(StepOp.Same, old, renamed, Difference.None), () => Task.FromResult<ResourceState?>(context.Keeper.Skip(old, renamed)));
        return result!;
    }

    /// <summary>Creates; <paramref name="read"/> is what an earlier run read under the name, which is forgotten.</summary>
    public async Task<ResourceState> CreateAsync(ResourceState desired, ResourceState? read)
    {
        CheckSkipped(desired);
        var result = await runner.RunAsync(Detail(StepOp.Create, null, desired, Difference.None), async () =>
        {
            var operation = await BeginAsync(desired, "creating");
            var created = await CreateAsync(desired, operation);
            await context.Keeper.PutAsync(operation, read, created);
            return Whole(created);
        });
        return result!;
    }

    /// <summary>Updates in place.</summary>
    public async Task<ResourceState> UpdateAsync(ResourceState old, ResourceState desired, Difference difference, GoalState goal)
    {
        CheckSkipped(desired);
        var wanted = desired with { Id = old.Id, Others = old.Others };
        var result = await runner.RunAsync(Detail(StepOp.Update, old, wanted, difference), async () =>
        {
            var operation = wanted.Custom && !wanted.IsProvider ? await BeginAsync(wanted, "updating") : null;
            var updated = await Guarded(operation, async () => wanted with { Outputs = await UpdateOutputsAsync(old, wanted, goal), Modified = DateTimeOffset.UtcNow });
            await context.Keeper.PutAsync(operation, old, updated);
            return updated;
        });
        return result!;
    }

    /// <summary>Replaces: creates the new one first and leaves the old one for the end, or deletes first.</summary>
    public async Task<ResourceState> CreateReplacementAsync(ResourceState old, ResourceState desired, Difference difference, bool deleteFirst)
    {
        CheckSkipped(desired);
        if (deleteFirst)
        {
            if (!old.PendingReplacement && !deletedForDependency.ContainsKey(old))
                await DeleteFirstAsync(old, difference);
            await CountReplaceAsync(old, desired, difference);
            return await CreateNewAsync(old, desired, difference, deleteFirst);
        }
        SetAwaitsDeletion(old);
        var created = await CreateNewAsync(old, desired, difference, deleteFirst);
        await CountReplaceAsync(old, created, difference);
        return created;
    }

    /// <summary>Deletes a resource of the state, or forgets it where it is not to be deleted.</summary>
    /// <param name="isGone">Whether a URN is being deleted in this run too, for <c>deletedWith</c>.</param>
    public async Task DeleteAsync(ResourceState old, StepOp op, Func<string, bool> isGone)
    {
        await runner.RunAsync(Detail(op, old, null, Difference.None), async () =>
        {
            var operation = await DeleteFromProviderAsync(old, isGone);
            await context.Keeper.DropAsync(operation, old);
            return null;
        });
    }

    public void Dispose() => deletingFirst.Dispose();

    private async Task<ResourceState> CreateNewAsync(ResourceState old, ResourceState desired, Difference difference, bool deleteFirst)
    {
        var wanted = desired with { Created = null, Modified = null };
        var result = await runner.RunAsync(Detail(StepOp.CreateReplacement, old, wanted, difference), async () =>
        {
            var operation = await BeginAsync(wanted, "creating");
            var created = await CreateAsync(wanted, operation);
            await (deleteFirst ? context.Keeper.PutAsync(operation, old, created) : context.Keeper.PutReplacementAsync(operation, old, created));
            return Whole(created);
        });
        return result!;
    }

    private Task<ResourceState?> CountReplaceAsync(ResourceState old, ResourceState @new, Difference difference) =>
        runner.RunAsync(Detail(StepOp.Replace, old, @new, difference), () => Task.FromResult<ResourceState?>(@new));

    /// <summary>Deletes a resource before its replacement, and before it whatever would have to be replaced with it.</summary>
    private async Task DeleteFirstAsync(ResourceState old, Difference difference)
    {
        // One at a time: two of these can share a dependent, which is deleted once.
        await deletingFirst.WaitAsync(context.Aborting);
        try
        {
            var dependents = await DependentsToReplaceAsync(old);
            // Before anything is deleted: what is gone does not come back by itself.
            foreach (var dependent in dependents)
                CheckCanGoWith(dependent, old);
            foreach (var dependent in Enumerable.Reverse(dependents))
            {
                await DeleteForReplacementAsync(dependent, Difference.None);
                deletedForDependency[dependent] = true;
            }
            await DeleteForReplacementAsync(old, difference);
        }
        finally
        {
            deletingFirst.Release();
        }
    }

    private void CheckCanGoWith(ResourceState dependent, ResourceState old)
    {
        if (dependent.Protect)
        {
            throw context.Failure(dependent.Urn,
                $"unable to replace resource \"{dependent.Urn}\" as part of replacing \"{old.Urn}\" as it is currently marked for protection. To unprotect the resource, remove the `protect` flag from the resource in your Pulumi program and run `up`");
        }
        if (!context.Options.IsTarget(dependent.Urn))
            throw context.Failure(dependent.Urn, $"Resource '{dependent.Urn}' has to be replaced with '{old.Urn}', which it uses, but is not specified in the --target list; name it too.");
    }

    private async Task<List<ResourceState>> DependentsToReplaceAsync(ResourceState root)
    {
        var condemned = new HashSet<string>(StringComparer.Ordinal) { root.Urn };
        var dependents = new List<ResourceState>();
        foreach (var candidate in context.Start.Resources.SkipWhile(r => !ReferenceEquals(r, root)).Skip(1))
        {
            if (candidate.Delete || candidate.PendingReplacement || deletedForDependency.ContainsKey(candidate))
                continue;
            if (!await differ.MustBeReplacedWithAsync(candidate, condemned, context.Aborting))
                continue;
            condemned.Add(candidate.Urn);
            dependents.Add(candidate);
        }
        return dependents;
    }

    private Task<ResourceState?> DeleteForReplacementAsync(ResourceState old, Difference difference) =>
        runner.RunAsync(Detail(StepOp.DeleteReplaced, old, null, difference), async () =>
        {
            var operation = await DeleteFromProviderAsync(old, _ => false);
            await context.Keeper.MarkPendingReplacementAsync(operation, old);
            return null;
        });

    private async Task<PendingOperation?> DeleteFromProviderAsync(ResourceState old, Func<string, bool> isGone)
    {
        var forget = !old.Custom || old.IsProvider || old.External || old.RetainOnDelete || old.PendingReplacement || (old.DeletedWith.Length > 0 && isGone(old.DeletedWith));
        if (forget || IsPreview)
            return null;
        var provider = await providers.GetAsync(old.Provider);
        var operation = await BeginAsync(old, "deleting");
        await Guarded(operation, async () =>
        {
            await provider.DeleteAsync(new(runner.For(old, old.CustomTimeouts?.Delete), old.Id, old.Inputs.WithoutSecrets(), old.Outputs.WithoutSecrets()), context.Aborting);
            return old;
        });
        return operation;
    }

    private async Task<ResourceState> CreateAsync(ResourceState desired, PendingOperation operation) => await Guarded(operation, async () =>
    {
        var now = DateTimeOffset.UtcNow;
        if (!desired.Custom)
            return desired with { Created = now, Modified = now };
        if (desired.IsProvider)
            return desired with { Id = IsPreview ? "" : Guid.NewGuid().ToString("D"), Outputs = desired.Inputs, Created = now, Modified = now };
        var provider = await providers.GetAsync(desired.Provider);
        try
        {
            var result = await provider.CreateAsync(new(runner.For(desired, desired.CustomTimeouts?.Create), desired.Inputs.WithoutSecrets()), context.Aborting);
            return desired with { Id = result.Id, Outputs = Marked(desired, result.Outputs), Created = now, Modified = now };
        }
        catch (PartialCreationException partial)
        {
            return desired with { Id = partial.Id, Outputs = Marked(desired, partial.Outputs), InitErrors = [partial.Message], Created = now, Modified = now };
        }
    });

    /// <summary>What is there but not as it should be is in the state by now; it is an error all the same.</summary>
    private static ResourceState Whole(ResourceState created) => created.InitErrors is [var problem, ..] ? throw new ProviderException(problem) : created;

    private async Task<PropertyMap> UpdateOutputsAsync(ResourceState old, ResourceState wanted, GoalState goal)
    {
        if (!wanted.Custom)
            return old.Outputs;
        if (wanted.IsProvider)
            return wanted.Inputs;
        var provider = await providers.GetAsync(wanted.Provider);
        var outputs = await provider.UpdateAsync(
            new(runner.For(wanted, wanted.CustomTimeouts?.Update), old.Id, old.Inputs.WithoutSecrets(), old.Outputs.WithoutSecrets(), wanted.Inputs.WithoutSecrets(),
                [.. goal.IgnoreChanges.Select(PropertyPath.Parse)]),
            context.Aborting);
        return Marked(wanted, outputs);
    }

    private static PropertyMap Marked(ResourceState state, PropertyMap outputs) =>
        SecretMarks.Mark(SecretMarks.Follow(outputs, state.Inputs), state.AdditionalSecretOutputs);

    private async Task<PendingOperation> BeginAsync(ResourceState state, string kind)
    {
        var operation = new PendingOperation(state, kind);
        if (state.Custom && !state.IsProvider)
        {
            try
            {
                await context.Keeper.BeginAsync(operation);
            }
            catch
            {
                // It is not begun, and no later save is to say so.
                context.Keeper.Withdraw(operation);
                throw;
            }
        }

        return operation;
    }

    /// <summary>Does a provider's work; where it ends with an error, the operation is not pending any more.</summary>
    private async Task<ResourceState> Guarded(PendingOperation? operation, Func<Task<ResourceState>> work)
    {
        try
        {
            return await work();
        }
        catch (Exception) when (operation is not null && !context.Aborting.IsCancellationRequested)
        {
            try
            {
                await context.Keeper.AbandonAsync(operation);
            }
            catch (EngineException saving)
            {
                // A second error, and not in the place of the first.
                context.Failure("", saving.Message);
            }
            throw;
        }
    }

    private void CheckSkipped(ResourceState desired)
    {
        if (skipped.IsEmpty || desired.AllDependencies().FirstOrDefault(skipped.ContainsKey) is not { } missing)
            return;
        throw context.Failure(desired.Urn, $"Resource '{desired.Urn}' depends on '{missing}' which was not specified in --target list.");
    }

    private static StepDetail Detail(StepOp op, ResourceState? old, ResourceState? @new, Difference difference) =>
        new(op, (@new ?? old!).Urn, old, @new, difference.Changes, difference.ReplaceKeys, (@new ?? old!).IsDefaultProvider);
}
