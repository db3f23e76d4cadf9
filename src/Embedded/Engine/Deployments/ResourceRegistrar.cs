using System.Collections.Concurrent;
using System.Collections.Immutable;
using PassthroughInfra.Engine.Events;
using PassthroughInfra.Engine.Providers;
using PassthroughInfra.Engine.State;
using PassthroughInfra.Engine.Values;

namespace PassthroughInfra.Engine.Deployments;

/// <summary>Brings each registered resource to what the program wants of it: same, create, update or replace.</summary>
internal sealed class ResourceRegistrar(
    DeploymentContext context, Registrations registrations, ProviderInstances providers, StepRunner runner, ResourceDiffer differ, ResourceSteps steps)
{
    private readonly ConcurrentDictionary<string, Lazy<Task<string>>> defaultProviders = new(StringComparer.Ordinal);

    /// <summary>Registers a resource and gives the state it has come to.</summary>
    /// <exception cref="StepFailedException">It failed, and the user has been told.</exception>
    /// <exception cref="HaltedException">The operation is ending.</exception>
    /// <exception cref="ResourceFailedException">It failed, or something it needs did, and the operation goes on.</exception>
    public async Task<ResourceState> RegisterAsync(GoalState goal)
    {
        context.ThrowIfHalted();
        var urn = registrations.Claim(goal.Parent, goal.Type, goal.Name);
        if (registrations.FailedNeed(goal) is { } need)
        {
            // What the state has of it, under whatever name, is still wanted.
            registrations.FindOldState(urn, goal);
            registrations.SetFailed(urn);
            context.Diagnose(urn, DiagnosticSeverity.Warning, $"left as it is, because {Urn.Type(need)} '{Urn.Name(need)}', which it needs, failed or was left itself");
            throw new ResourceFailedException(urn, isPassedOver: true);
        }
        try
        {
            var state = await RegisterAsync(urn, goal);
            registrations.Set(state);
            if (state.IsProvider)
                providers.Register(state);
            return state;
        }
        catch (Exception problem) when (problem is ProviderException or EngineException or FormatException or IOException or UnauthorizedAccessException)
        {
            throw context.Failure(urn, problem.Message);
        }
        catch (StepFailedException) when (context.Options.ContinueOnError && !context.Halted.IsCancellationRequested)
        {
            registrations.SetFailed(urn);
            throw new ResourceFailedException(urn, isPassedOver: false);
        }
    }

    /// <summary>The reference of the provider for a package, made from defaults when it is first asked for.</summary>
    public Task<string> DefaultProviderAsync(string package, string version)
    {
        var factory = providers.Factory(package);
        var used = version.Length > 0 ? version.TrimStart('v') : factory.Version;
        return defaultProviders.GetOrAdd($"{package}@{used}", _ => new(() => RegisterDefaultProviderAsync(package, used))).Value;
    }

    private async Task<string> RegisterDefaultProviderAsync(string package, string version)
    {
        var prefix = package + ":";
        var inputs = PropertyMap.Of(context.Target.Config.Values
            .Where(c => c.Key.StartsWith(prefix, StringComparison.Ordinal))
            .Select(c => KeyValuePair.Create(c.Key[prefix.Length..], context.Target.Config.SecretKeys.Contains(c.Key) ? PropertyValue.Secret(c.Value) : c.Value)));
        var state = await RegisterAsync(new GoalState
        {
            Type = Urn.ProviderTypePrefix + package,
            Name = "default_" + version.Replace('.', '_'),
            Custom = true,
            Inputs = inputs,
            Version = version,
        });
        return new ProviderReference(state.Urn, state.Id.Length > 0 ? state.Id : Signatures.Unknown).ToString();
    }

    private async Task<ResourceState> RegisterAsync(string urn, GoalState goal)
    {
        var old = registrations.FindOldState(urn, goal);
        var target = context.Options.IsTarget(urn) || goal.Type == Urn.StackType || goal.Type.StartsWith(Urn.ProviderTypePrefix, StringComparison.Ordinal);
        if (!target)
            return await SkipAsync(urn, goal, old);
        if (goal.Type == Urn.StackType)
            registrations.StackUrn = urn;
        var desired = await DesiredAsync(urn, goal, old);
        // What an earlier run read is not ours: it is created anew, and what was read is forgotten.
        var owned = old is { External: false } ? old : null;
        desired = await CheckAsync(desired, goal, owned);
        if (owned is null)
            return await steps.CreateAsync(desired, old);
        if (steps.WasDeletedForDependency(owned))
            return await steps.CreateReplacementAsync(owned, desired, Difference.None, deleteFirst: true);
        var difference = owned.PendingReplacement
            ? Difference.None
            : await differ.CompareAsync(owned, desired, goal, context.Aborting);
        if (difference.IsReplace || owned.PendingReplacement)
            return await ReplaceAsync(owned, desired, goal, difference);
        return difference.HasChanges ? await steps.UpdateAsync(owned, desired, difference, goal) : await steps.SameAsync(owned, desired);
    }

    private async Task<ResourceState> ReplaceAsync(ResourceState old, ResourceState desired, GoalState goal, Difference difference)
    {
        if (old.Protect && desired.Protect)
        {
            throw context.Failure(old.Urn,
                $"unable to replace resource \"{old.Urn}\"\nas it is currently marked for protection. To unprotect the resource, remove the `protect` flag from the resource in your Pulumi program and run `up`");
        }
        registrations.SetReplaced(old.Urn);
        registrations.SetReplaced(desired.Urn);
        // Defaults that were carried over from the old resource do not hold for another one.
        desired = await CheckAsync(desired with { Inputs = goal.Inputs }, goal, null);
        var deleteFirst = old.PendingReplacement || (goal.DeleteBeforeReplace ?? difference.DeleteBeforeReplace);
        return await steps.CreateReplacementAsync(old, desired, difference, deleteFirst);
    }

    /// <summary>The state as the program wants it, before the provider has seen it.</summary>
    private async Task<ResourceState> DesiredAsync(string urn, GoalState goal, ResourceState? old)
    {
        var parent = goal.Parent.Length > 0 ? registrations.Get(goal.Parent) : null;
        var isProvider = goal.Type.StartsWith(Urn.ProviderTypePrefix, StringComparison.Ordinal);
        return new ResourceState
        {
            Urn = urn,
            Type = goal.Type,
            Custom = goal.Custom,
            Inputs = isProvider && goal.Version.Length > 0 ? goal.Inputs.With("version", goal.Version.TrimStart('v')) : goal.Inputs,
            Parent = goal.Parent,
            Protect = goal.Protect ?? parent?.Protect ?? false,
            RetainOnDelete = goal.RetainOnDelete ?? parent?.RetainOnDelete ?? false,
            Dependencies = goal.Dependencies,
            PropertyDependencies = goal.PropertyDependencies,
            Provider = !goal.Custom || isProvider ? "" : goal.Provider.Length > 0 ? Known(goal.Provider) : await DefaultProviderAsync(Package(goal.Type), goal.Version),
            AdditionalSecretOutputs = goal.AdditionalSecretOutputs,
            CustomTimeouts = goal.CustomTimeouts,
            DeletedWith = goal.DeletedWith.Length > 0 ? goal.DeletedWith : parent?.DeletedWith ?? "",
            Created = old?.Created,
            Modified = old?.Modified,
            IgnoreChanges = goal.IgnoreChanges,
            ReplaceOnChanges = goal.ReplaceOnChanges,
            ReplaceWith = goal.ReplaceWith,
        };
    }

    private string Known(string reference) => providers.IsRegistered(reference)
        ? reference
        : throw new EngineException($"unknown provider '{reference}'; a provider has to be registered before the resources that use it");

    /// <summary>Applies what is to be ignored, and lets the provider validate the inputs.</summary>
    private async Task<ResourceState> CheckAsync(ResourceState desired, GoalState goal, ResourceState? old)
    {
        var ignored = goal.IgnoreChanges.Select(PropertyPath.Parse).ToImmutableArray();
        var inputs = old is null ? desired.Inputs : IgnoreChanges.Apply(desired.Inputs, old.Inputs, ignored);
        if (!desired.Custom || desired.IsProvider)
            return desired with { Inputs = inputs };
        inputs = AssetHashes.Fill(inputs, context.Target.Directory);
        var provider = await providers.GetAsync(desired.Provider);
        var result = await provider.CheckAsync(new(runner.For(desired), old?.Inputs.WithoutSecrets(), inputs.WithoutSecrets()), context.Aborting);
        foreach (var failure in result.Failures)
        {
            context.Diagnose(desired.Urn, DiagnosticSeverity.Error, failure.Property.Length > 0
                ? $"{desired.Type} resource '{desired.Name}': property {failure.Property} has a problem: {failure.Reason}"
                : $"{desired.Type} resource '{desired.Name}' has a problem: {failure.Reason}");
        }
        if (!result.Failures.IsEmpty)
        {
            context.Fail();
            throw new StepFailedException($"{desired.Urn} is not valid.");
        }
        return desired with { Inputs = SecretMarks.Follow(result.Inputs, inputs) };
    }

    /// <summary>A resource that is no target stays as it is; one that is not there is not created.</summary>
    private async Task<ResourceState> SkipAsync(string urn, GoalState goal, ResourceState? old)
    {
        if (old is not null)
            return await steps.SkipAsync(old, old.Urn == urn ? old : old with { Urn = urn, Parent = goal.Parent });
        steps.SetSkipped(urn);
        return new ResourceState { Urn = urn, Type = goal.Type, Custom = goal.Custom, Inputs = goal.Inputs, Parent = goal.Parent };
    }

    private static string Package(string type) => type.IndexOf(':', StringComparison.Ordinal) is > 0 and var at
        ? type[..at]
        : throw new EngineException($"'{type}' is no type token (package:module:Type).");
}
