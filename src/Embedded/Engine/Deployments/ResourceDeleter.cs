using PassthroughInfra.Engine.Events;
using PassthroughInfra.Engine.State;

namespace PassthroughInfra.Engine.Deployments;

/// <summary>Deletes what the state has and nothing wants any more: users before what they use, otherwise in parallel.</summary>
internal sealed class ResourceDeleter(DeploymentContext context, ResourceSteps steps)
{
    /// <summary>Deletes what the program has not registered, and what it has replaced.</summary>
    public Task DeleteUnwantedAsync(Registrations registrations)
    {
        var condemned = new List<(ResourceState State, StepOp Op)>();
        foreach (var old in context.Start.Resources)
        {
            if (old.Delete || steps.AwaitsDeletion(old))
                condemned.Add((old, old.External ? StepOp.Discard : StepOp.DeleteReplaced));
            else if (!registrations.IsWanted(old.Urn))
                condemned.Add((old, OpFor(old)));
        }
        return DeleteAsync(condemned.Where(c => context.Options.IsTarget(c.State.Urn)).ToList());
    }

    /// <summary>Deletes everything (or the targets and what depends on them).</summary>
    public Task DeleteAllAsync()
    {
        var targets = context.Start.Resources.Where(r => context.Options.IsTarget(r.Urn)).ToList();
        return DeleteAsync([.. WithDependents(targets).Select(r => (r, OpFor(r)))]);
    }

    private StepOp OpFor(ResourceState old) =>
        old.External ? StepOp.Discard
        : old.PendingReplacement || steps.WasDeletedForDependency(old) ? StepOp.RemovePendingReplace
        : old.Delete ? StepOp.DeleteReplaced
        : StepOp.Delete;

    private List<ResourceState> WithDependents(List<ResourceState> targets)
    {
        if (context.Options.Targets.IsEmpty)
            return targets;
        var urns = targets.Select(t => t.Urn).ToHashSet(StringComparer.Ordinal);
        // Users come after what they use, so one pass finds the users of users too.
        return [.. context.Start.Resources.Where(r => urns.Contains(r.Urn) || (r.AllDependencies().Any(urns.Contains) && urns.Add(r.Urn)))];
    }

    private async Task DeleteAsync(List<(ResourceState State, StepOp Op)> condemned)
    {
        context.ThrowIfHalted();
        var isProtected = condemned.Where(c => c.State.Protect && c.Op is StepOp.Delete).Select(c => c.State).ToList();
        foreach (var state in isProtected)
        {
            context.Diagnose(state.Urn, Providers.DiagnosticSeverity.Error,
                $"resource \"{state.Urn}\" cannot be deleted\nbecause it is protected. To unprotect the resource, remove the `protect` flag from the resource in your Pulumi program and run `up`");
        }
        if (isProtected.Count > 0)
        {
            context.Fail();
            throw new StepFailedException("Protected resources cannot be deleted.");
        }
        var gone = condemned.Select(c => c.State.Urn).ToHashSet(StringComparer.Ordinal);
        var usersOf = new Dictionary<string, List<Task>>(StringComparer.Ordinal);
        var all = new List<Task>();
        foreach (var (state, op) in Enumerable.Reverse(condemned))
        {
            var users = usersOf.GetValueOrDefault(state.Urn) ?? [];
            var task = DeleteAfterAsync(users, state, op, gone.Contains);
            all.Add(task);
            foreach (var used in state.AllDependencies().Where(gone.Contains).Distinct(StringComparer.Ordinal))
            {
                if (!usersOf.TryGetValue(used, out var list))
                    usersOf[used] = list = [];
                list.Add(task);
            }
        }
        await Task.WhenAll(all);
    }

    private async Task DeleteAfterAsync(List<Task> users, ResourceState state, StepOp op, Func<string, bool> isGone)
    {
        // Away from the caller's stack: a chain of thousands would otherwise run within itself.
        await Task.Yield();
        await Task.WhenAll([.. users]);
        await steps.DeleteAsync(state, op, isGone);
    }
}
