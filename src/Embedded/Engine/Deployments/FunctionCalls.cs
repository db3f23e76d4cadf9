using System.Collections.Immutable;
using PassthroughInfra.Engine.Providers;
using PassthroughInfra.Engine.State;
using PassthroughInfra.Engine.Values;

namespace PassthroughInfra.Engine.Deployments;

/// <summary>Calls of functions (invokes): the providers', and the engine's own <c>pulumi:pulumi:getResource</c>.</summary>
internal sealed class FunctionCalls(DeploymentContext context, ProviderInstances providers, ResourceRegistrar registrar, Registrations registrations)
{
    /// <summary>Calls a function.</summary>
    /// <exception cref="StepFailedException">It failed, and the user has been told.</exception>
    /// <exception cref="HaltedException">The operation is ending.</exception>
    public async Task<InvokeResult> InvokeAsync(string token, PropertyMap arguments, string provider, string version)
    {
        context.ThrowIfHalted();
        try
        {
            if (token == "pulumi:pulumi:getResource")
                return InvokeResult.Of(GetResource(arguments));
            var reference = provider.Length > 0 ? provider : await registrar.DefaultProviderAsync(token.Split(':')[0], version);
            var instance = await providers.GetAsync(reference);
            var log = new ResourceLog(context, registrations.StackUrn);
            var result = await instance.InvokeAsync(new(token, arguments.WithoutSecrets(), context.Options.IsPreview, log, context.Stopping), context.Aborting);
            // Nobody but the provider knows which part of the answer comes from a secret argument, so all of it counts as secret.
            return arguments.ContainsSecrets && result.Return is { } value ? result with { Return = value.Select((_, v) => PropertyValue.Secret(v)) } : result;
        }
        catch (Exception problem) when (problem is ProviderException or EngineException or FormatException)
        {
            throw context.Failure("", $"{token}: {problem.Message}");
        }
    }

    private PropertyMap GetResource(PropertyMap arguments)
    {
        var urn = arguments.GetString("urn") ?? "";
        var state = registrations.Get(urn) ?? throw new EngineException($"unknown resource {urn}");
        return PropertyMap.Of(("urn", urn), ("id", state.Id), ("state", state.Outputs));
    }
}
