using System.Collections.Immutable;
using PassthroughInfra.Engine.Events;
using PassthroughInfra.Engine.State;
using PassthroughInfra.Engine.Values;

namespace PassthroughInfra.Engine.Deployments;

/// <summary>Reads the live state of what the stack has, and takes it over.</summary>
internal sealed class StateRefresher(DeploymentContext context, ProviderInstances providers, StepRunner runner)
{
    /// <summary>Refreshes every resource a provider manages (or the targets).</summary>
    public async Task RefreshAllAsync()
    {
        context.ThrowIfHalted();
        await Parallel.ForEachAsync(
            context.Start.Resources.Where(IsRefreshed), new ParallelOptions { MaxDegreeOfParallelism = context.Options.Parallel }, async (old, _) => await RefreshAsync(old));
    }

    private bool IsRefreshed(ResourceState state) =>
        state is { Custom: true, IsProvider: false, Delete: false, PendingReplacement: false } && state.Type != ResourceReader.StackReferenceType && context.Options.IsTarget(state.Urn);

    private async Task RefreshAsync(ResourceState old)
    {
        // What the refresh finds decides what the step is, so it is read before the step is told.
        ResourceState? live = null;
        try
        {
            context.ThrowIfHalted();
            live = await ReadAsync(old);
        }
        catch (Exception problem) when (problem is not HaltedException)
        {
            throw context.Failure(old.Urn, StepRunner.Describe(problem));
        }
        if (live is null)
        {
            await runner.RunAsync(new(StepOp.Delete, old.Urn, old, null, [], [], IsInternal: false), async () =>
            {
                await context.Keeper.ForgetAsync(old);
                return null;
            });
            return;
        }
        var changes = PropertyDiff.Between(old.Outputs, live.Outputs);
        await runner.RunAsync(new(changes.IsEmpty ? StepOp.Same : StepOp.Update, old.Urn, old, live, changes, [], IsInternal: false), async () =>
        {
            if (changes.IsEmpty)
                return old;
            await context.Keeper.AmendAsync(old, live);
            return live;
        });
    }

    private async Task<ResourceState?> ReadAsync(ResourceState old)
    {
        var provider = await providers.GetAsync(old.Provider);
        var result = await provider.ReadAsync(new(runner.For(old), old.Id, old.Inputs.WithoutSecrets(), old.Outputs.WithoutSecrets()), context.Aborting);
        if (result is null)
            return null;
        return old with
        {
            Id = result.Id,
            Inputs = old.External ? old.Inputs : SecretMarks.Follow(result.Inputs, old.Inputs),
            Outputs = SecretMarks.Mark(SecretMarks.Follow(SecretMarks.Follow(result.Outputs, old.Outputs), old.Inputs), old.AdditionalSecretOutputs),
            InitErrors = [],
        };
    }
}
