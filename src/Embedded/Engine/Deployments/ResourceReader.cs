using System.Collections.Immutable;
using PassthroughInfra.Engine.Events;
using PassthroughInfra.Engine.Providers;
using PassthroughInfra.Engine.State;
using PassthroughInfra.Engine.Values;

namespace PassthroughInfra.Engine.Deployments;

/// <summary>Reads what the program wants to know but does not own, stack references among it.</summary>
internal sealed class ResourceReader(
    DeploymentContext context, Registrations registrations, ProviderInstances providers, ResourceRegistrar registrar, StepRunner runner, ResourceSteps steps,
    Func<string, PropertyMap> stackOutputs)
{
    /// <summary>The type by which programs read other stacks' outputs.</summary>
    public const string StackReferenceType = "pulumi:pulumi:StackReference";

    /// <summary>Reads a resource and gives its state.</summary>
    /// <exception cref="StepFailedException">It failed, and the user has been told.</exception>
    /// <exception cref="HaltedException">The operation is ending.</exception>
    public async Task<ResourceState> ReadAsync(ReadGoalState goal)
    {
        context.ThrowIfHalted();
        var urn = registrations.Claim(goal.Parent, goal.Type, goal.Name);
        try
        {
            var builtIn = goal.Type == StackReferenceType;
            var desired = new ResourceState
            {
                Urn = urn,
                Type = goal.Type,
                Custom = true,
                External = true,
                Id = goal.Id,
                Inputs = goal.Properties,
                Parent = goal.Parent,
                Dependencies = goal.Dependencies,
                Provider = builtIn ? "" : goal.Provider.Length > 0 ? goal.Provider : await registrar.DefaultProviderAsync(goal.Type.Split(':')[0], goal.Version),
                AdditionalSecretOutputs = goal.AdditionalSecretOutputs,
            };
            var old = context.OldStates.GetValueOrDefault(urn);
            var state = await ReadAsync(desired, old);
            registrations.Set(state);
            return state;
        }
        catch (Exception problem) when (problem is ProviderException or EngineException or FormatException)
        {
            throw context.Failure(urn, problem.Message);
        }
    }

    private async Task<ResourceState> ReadAsync(ResourceState desired, ResourceState? old)
    {
        // What was ours under this name and is another thing is deleted at the end; the same thing is let go.
        var replaces = old is { External: false } && old.Id != desired.Id;
        var op = replaces ? StepOp.ReadReplacement : StepOp.Read;
        var detail = new StepDetail(op, desired.Urn, old, desired, [], [], IsInternal: false);
        var result = await runner.RunAsync(detail, async () =>
        {
            var read = await ReadFromProviderAsync(desired);
            if (replaces)
            {
                steps.SetAwaitsDeletion(old!);
                await context.Keeper.PutReplacementAsync(new(read, "reading"), old!, read);
            }
            else
            {
                await context.Keeper.PutAsync(null, old, read);
            }
            return read;
        });
        return result!;
    }

    private async Task<ResourceState> ReadFromProviderAsync(ResourceState desired)
    {
        if (desired.Id.Length == 0 || desired.Id == Signatures.Unknown)
            return desired with { Id = "" };
        if (desired.Type == StackReferenceType)
            return desired with { Outputs = ReadStack(desired) };
        var provider = await providers.GetAsync(desired.Provider);
        var result = await provider.ReadAsync(new(runner.For(desired), desired.Id, PropertyMap.Empty, desired.Inputs.WithoutSecrets()), context.Aborting)
            ?? throw new ProviderException($"resource '{desired.Id}' does not exist");
        return desired with { Id = result.Id, Outputs = SecretMarks.Mark(SecretMarks.Follow(result.Outputs, desired.Inputs), desired.AdditionalSecretOutputs) };
    }

    private PropertyMap ReadStack(ResourceState desired)
    {
        var name = desired.Inputs.GetString("name") ?? desired.Id;
        var outputs = stackOutputs(name);
        return PropertyMap.Of(
            ("name", name),
            ("outputs", outputs),
            ("secretOutputNames", PropertyValue.List(outputs.Where(o => o.Value.ContainsSecrets).Select(o => (PropertyValue)o.Key))));
    }
}
