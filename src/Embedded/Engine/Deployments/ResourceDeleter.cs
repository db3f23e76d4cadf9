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
        condemned.RemoveAll(c => !context.Options.IsTarget(c.State.Urn));
        if (context.Failed)
            SpareWhatIsTiedToFailures(condemned, registrations);
        CheckUsers(condemned, old => registrations.Get(registrations.NewName(old.Urn)) ?? old, "name it with --target too");
        return DeleteAsync(condemned);
    }

    /// <summary>Deletes everything (or the targets and what depends on them).</summary>
    public Task DeleteAllAsync()
    {
        var condemned = context.Start.Resources.Where(r => context.Options.IsTarget(r.Urn)).ToList();
        if (context.Options.TargetDependents)
            condemned = WithDependents(condemned);
        var steps = condemned.Select(r => (r, OpFor(r))).ToList();
        CheckUsers(steps, old => old, "name it with --target too, or use --target-dependents");
        return DeleteAsync(steps);
    }

    /// <summary>What failed in a run that goes on is still as it was: neither it, nor what it uses, nor what uses it is deleted.</summary>
    private void SpareWhatIsTiedToFailures(List<(ResourceState State, StepOp Op)> condemned, Registrations registrations)
    {
        var resources = context.Start.Resources;
        var users = resources.Where(r => registrations.HasFailed(r.Urn)).Select(r => r.Urn).ToHashSet(StringComparer.Ordinal);
        // What is used comes before its users: one pass each way finds those of theirs too.
        foreach (var resource in resources.Where(r => r.AllDependencies().Any(users.Contains)))
            users.Add(resource.Urn);
        var spared = users.ToHashSet(StringComparer.Ordinal);
        foreach (var resource in Enumerable.Reverse(resources).Where(r => spared.Contains(r.Urn)))
            spared.UnionWith(resource.AllDependencies());
        condemned.RemoveAll(c => spared.Contains(c.State.Urn));
    }

    private StepOp OpFor(ResourceState old) =>
        old.External ? StepOp.Discard
        : old.PendingReplacement || steps.WasDeletedForDependency(old) ? StepOp.RemovePendingReplace
        : old.Delete ? StepOp.DeleteReplaced
        : StepOp.Delete;

    /// <summary>Nothing that stays may lose what it uses.</summary>
    /// <param name="now">What a resource of the state has come to in this run.</param>
    /// <param name="advice">What to do about it.</param>
    private void CheckUsers(List<(ResourceState State, StepOp Op)> condemned, Func<ResourceState, ResourceState> now, string advice)
    {
        if (context.Options.Targets.IsEmpty)
            return;
        var leave = condemned.Select(c => c.State).ToHashSet();
        // Of what was replaced only the copy goes.
        var gone = condemned.Where(c => c.Op != StepOp.DeleteReplaced).Select(c => c.State.Urn).ToHashSet(StringComparer.Ordinal);
        var isRefused = false;
        foreach (var user in context.Start.Resources.Where(r => !r.Delete && !leave.Contains(r)).Select(now))
        {
            if (user.AllDependencies().FirstOrDefault(gone.Contains) is not { } used)
                continue;
            isRefused = true;
            // Users come after what they use, so one pass finds the users of users too.
            gone.Add(user.Urn);
            context.Diagnose(user.Urn, Providers.DiagnosticSeverity.Error, $"Resource '{user.Urn}' uses '{used}', which is to be deleted, but is not specified in the --target list: {advice}.");
        }
        if (!isRefused)
            return;
        context.Fail();
        throw new StepFailedException("What is no target uses what is to be deleted.");
    }

    private List<ResourceState> WithDependents(List<ResourceState> targets)
    {
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
