using System.Collections.Immutable;
using PassthroughInfra.Engine.Events;
using PassthroughInfra.Engine.Providers;
using PassthroughInfra.Engine.State;
using PassthroughInfra.Engine.Values;

namespace PassthroughInfra.Engine.Deployments;

/// <summary>One running program as the engine sees it: everything its calls can ask for.</summary>
internal sealed class ProgramSession : IAsyncDisposable
{
    private readonly ProviderInstances providers;
    private readonly StepRunner runner;
    private readonly ResourceSteps steps;
    private readonly Lock gate = new();
    private PropertyMap? stackOutputs;

    public ProgramSession(DeploymentContext context, ProviderRegistry registry, Func<string, PropertyMap> otherStackOutputs)
    {
        Context = context;
        providers = new(context, registry);
        runner = new(context);
        Registrations = new(context);
        var differ = new ResourceDiffer(providers, Registrations, runner);
        steps = new(context, providers, runner, differ);
        Registrar = new(context, Registrations, providers, runner, differ, steps);
        Reader = new(context, Registrations, providers, Registrar, runner, steps, otherStackOutputs);
        Functions = new(context, providers, Registrar, Registrations);
        Deleter = new(context, steps);
        Refresher = new(context, providers, runner);
    }

    public DeploymentContext Context { get; }

    public Registrations Registrations { get; }

    public ResourceRegistrar Registrar { get; }

    public ResourceReader Reader { get; }

    public FunctionCalls Functions { get; }

    public ResourceDeleter Deleter { get; }

    public StateRefresher Refresher { get; }

    /// <summary>Ends when no step runs.</summary>
    public Task WhenIdle => runner.WhenIdle;

    /// <summary>The program's calls that are not answered yet: each can still come to a step.</summary>
    public ActivityCount Calls { get; } = new();

    /// <summary>The outputs the stack has given; null where it has given none.</summary>
    public PropertyMap? StackOutputs
    {
        get
        {
            lock (gate)
                return stackOutputs;
        }
    }

    /// <summary>Takes the outputs of a component or the stack.</summary>
    public async Task SetOutputsAsync(string urn, PropertyMap outputs)
    {
        var state = Registrations.Get(urn) ?? throw Context.Failure("", $"cannot complete a resource '{urn}' whose registration isn't pending");
        if (state.Custom)
            throw Context.Failure(urn, $"the outputs of the custom resource '{urn}' come from its provider; a program cannot register them");
        var old = Context.OldStates.GetValueOrDefault(urn)?.Outputs;
        if (!Context.Options.IsPreview && outputs.ContainsUnknowns)
            outputs = WithoutUnknowns(outputs, old);
        try
        {
            outputs = AssetHashes.Fill(outputs, Context.Target.Directory);
        }
        catch (EngineException problem)
        {
            throw Context.Failure(urn, problem.Message);
        }
        var @new = state with { Outputs = SecretMarks.Mark(outputs, state.AdditionalSecretOutputs) };
        if (state.Type == Urn.StackType)
        {
            lock (gate)
                stackOutputs = @new.Outputs;
        }
        if (!state.Outputs.Equals(@new.Outputs))
        {
            Registrations.Set(@new);
            await Context.Keeper.ReplaceAsync(state, @new);
        }
        Context.Events.On(new OutputsRegistered(@new, old));
    }

    /// <summary>What comes from a resource that failed is not known in an update either: such an output stays as it was.</summary>
    private static PropertyMap WithoutUnknowns(PropertyMap outputs, PropertyMap? old) => PropertyMap.Of(outputs
        .Select(o => KeyValuePair.Create(o.Key, o.Value.ContainsUnknowns ? old?.Get(o.Key) : o.Value))
        .Where(o => o.Value is not null)
        .Select(o => KeyValuePair.Create(o.Key, o.Value!)));

    public async ValueTask DisposeAsync()
    {
        await providers.DisposeAsync();
        steps.Dispose();
        runner.Dispose();
    }
}
