using Google.Protobuf.WellKnownTypes;
using PassthroughInfra.Protocol;
using Pulumi.Serialization;

namespace Pulumi.Runtime;

/// <summary>All that a resource needs from others before it can be registered or read.</summary>
internal sealed class PreparedResource
{
    private readonly Dictionary<string, HashSet<string>> _propertyDependencies = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> _providers = new(StringComparer.Ordinal);
    private readonly List<PassthroughInfra.Protocol.Alias> _aliases = [];
    private readonly List<string> _aliasUrns = [];

    private PreparedResource(Struct properties) => Properties = properties;

    public Struct Properties { get; }

    public string ParentUrn { get; private set; } = "";

    public string Provider { get; private set; } = "";

    /// <summary>The URNs of everything that must be done before.</summary>
    public HashSet<string> Dependencies { get; private set; } = [];

    public static async Task<PreparedResource> PrepareAsync(
        DeploymentContext deployment, Resource resource, bool custom, bool remote, ResourceArgs args, ResourceOptions options)
    {
        var explicitDependencies = await options.DependsOn.ToOutput().ValueOrAsync([]).ConfigureAwait(false);

        var keepResources = await deployment.SupportsAsync(Features.ResourceReferences).ConfigureAwait(false);
        var keepOutputValues = remote && await deployment.SupportsAsync(Features.OutputValues).ConfigureAwait(false);
        var written = await WrittenArguments.WriteAsync(
            $"resource:{resource.GetResourceName()}[{resource.GetResourceType()}]",
            args.ToDictionary(),
            new WriteMode(keepResources, keepOutputValues, SkipReferences: remote && keepResources)).ConfigureAwait(false);

        var prepared = new PreparedResource(written.Properties);
        var parent = options.Parent ?? (resource.GetResourceType() == Stack.TypeToken ? null : deployment.Stack);
        if (parent is not null)
            prepared.ParentUrn = await parent.Urn.ValueOrAsync("").ConfigureAwait(false);
        if (custom && options.Provider is not null)
            prepared.Provider = await options.Provider.ReferenceAsync().ConfigureAwait(false);
        if (remote && options is ComponentResourceOptions component)
            await prepared.AddProvidersAsync(component).ConfigureAwait(false);

        prepared.Dependencies = await DependencyGraph
            .UrnsOfAsync(explicitDependencies.Where(static dependency => dependency is not null))
            .ConfigureAwait(false);
        foreach (var (name, resources) in written.Dependencies)
        {
            var urns = await DependencyGraph.UrnsOfAsync(resources).ConfigureAwait(false);
            prepared._propertyDependencies.Add(name, urns);
            prepared.Dependencies.UnionWith(urns);
        }

        if (await deployment.SupportsAsync(Features.AliasSpecs).ConfigureAwait(false))
            await prepared.AddAliasesAsync(options).ConfigureAwait(false);
        else
            await prepared.AddAliasUrnsAsync(resource).ConfigureAwait(false);
        return prepared;
    }

    public void AddTo(RegisterResourceRequest request)
    {
        request.Object = Properties;
        request.Parent = ParentUrn;
        request.Provider = Provider;
        request.Providers.Add(_providers);
        request.Dependencies.Add(Dependencies);
        request.Aliases.Add(_aliases);
        request.AliasURNs.Add(_aliasUrns);
        foreach (var (name, urns) in _propertyDependencies)
        {
            request.PropertyDependencies.Add(
                name, new RegisterResourceRequest.Types.PropertyDependencies { Urns = { urns } });
        }
    }

    private async Task AddProvidersAsync(ComponentResourceOptions options)
    {
        List<ProviderResource> providers = options.Provider is null ? options.Providers : [.. options.Providers, options.Provider];
        foreach (var provider in providers)
            _providers[provider.Package] = await provider.ReferenceAsync().ConfigureAwait(false);
    }

    private async Task AddAliasesAsync(ResourceOptions options)
    {
        foreach (var alias in options.Aliases)
        {
            var data = await alias.ToOutput().DataTask.ConfigureAwait(false);
            // The engine cannot look for a name that is not known.
            if (data.IsKnown)
                _aliases.Add(await data.Value.ToProtocolAsync().ConfigureAwait(false));
        }
    }

    private async Task AddAliasUrnsAsync(Resource resource)
    {
        foreach (var alias in resource.Aliases)
        {
            var urn = await alias.Value.ValueOrAsync("").ConfigureAwait(false);
            if (urn.Length > 0 && !_aliasUrns.Contains(urn))
                _aliasUrns.Add(urn);
        }
    }
}
