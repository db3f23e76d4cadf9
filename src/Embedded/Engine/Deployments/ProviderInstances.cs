using System.Collections.Concurrent;
using PassthroughInfra.Engine.Providers;
using PassthroughInfra.Engine.State;
using PassthroughInfra.Engine.Values;

namespace PassthroughInfra.Engine.Deployments;

/// <summary>
/// The configured providers of one operation, by reference. One that the program has registered in this run counts with its new inputs;
/// one that only the state knows (for deletions) is configured from there, when it is first needed.
/// </summary>
internal sealed class ProviderInstances(DeploymentContext context, ProviderRegistry registry) : IAsyncDisposable
{
    private readonly ConcurrentDictionary<string, Lazy<Task<IProvider>>> instances = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, ResourceState> registered = new(StringComparer.Ordinal);

    /// <summary>Makes a provider resource of this run known; it is configured when it is first used.</summary>
    public void Register(ResourceState provider)
    {
        registered[provider.Urn] = provider;
        instances[Key(provider.Urn, provider.Id)] = Configure(provider);
    }

    /// <summary>The provider behind a reference.</summary>
    /// <exception cref="ProviderException">There is none, or its configuration is not valid.</exception>
    public Task<IProvider> GetAsync(string reference)
    {
        var parsed = ProviderReference.Parse(reference);
        var id = parsed.Id == Signatures.Unknown ? "" : parsed.Id;
        return instances.GetOrAdd(Key(parsed.ProviderUrn, id), _ => Configure(Find(parsed, id))).Value;
    }

    /// <summary>The factory of a package.</summary>
    public IProviderFactory Factory(string package) => registry[package];

    /// <summary>Whether a reference names a provider registered in this run.</summary>
    public bool IsRegistered(string reference) => registered.ContainsKey(ProviderReference.Parse(reference).ProviderUrn);

    public async ValueTask DisposeAsync()
    {
        foreach (var instance in instances.Values.Where(i => i.IsValueCreated && i.Value.IsCompletedSuccessfully))
            await (await instance.Value).DisposeAsync();
    }

    private static string Key(string urn, string id) => $"{urn}::{id}";

    private Lazy<Task<IProvider>> Configure(ResourceState provider)
    {
        var package = provider.Type[Urn.ProviderTypePrefix.Length..];
        var inputs = provider.Inputs.WithoutSecrets().Without("version");
        return new(() => registry[package].ConfigureAsync(inputs, context.Aborting));
    }

    private ResourceState Find(ProviderReference reference, string id) =>
        (registered.TryGetValue(reference.ProviderUrn, out var now) && (now.Id == id || now.Id.Length == 0) ? now : null)
        ?? context.Start.Resources.FirstOrDefault(r => r.Urn == reference.ProviderUrn && r.Id == id)
        ?? context.OldStates.GetValueOrDefault(reference.ProviderUrn)
        ?? throw new ProviderException($"The provider {reference} is neither registered by the program nor in the state.");
}
