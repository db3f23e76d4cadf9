using System.Collections.Immutable;
using Pulumi.Runtime;
using Pulumi.Serialization;

namespace Pulumi;

/// <summary>Something the engine knows by a type and a name. Making the object registers the resource.</summary>
public class Resource
{
    private readonly string _type;
    private readonly string _name;
    private readonly bool? _protect;
    private readonly HashSet<Resource> _children = [];
    private readonly ImmutableArray<ResourceTransformation> _transformations = [];
    private readonly ImmutableDictionary<string, ProviderResource> _providers = ImmutableDictionary<string, ProviderResource>.Empty;

    /// <summary>A resource that is there already and is only referred to.</summary>
    private protected Resource()
    {
        _type = "";
        _name = "";
        Slots = OutputSlots.None;
    }

    private protected Resource(string type, string name, bool custom, ResourceArgs args, ResourceOptions options, bool remote)
    {
        if (string.IsNullOrEmpty(type))
            throw new ArgumentException("'type' cannot be null or empty.", nameof(type));
        if (string.IsNullOrEmpty(name))
            throw new ArgumentException("'name' cannot be null or empty.", nameof(name));

        var deployment = DeploymentContext.Current;
        _type = type;
        _name = name;
        // First: from here on others may see this resource, and its outputs must be there.
        Slots = OutputSlots.Fill(this);

        var inheritsFrom = type == Stack.TypeToken ? null : options.Parent ?? deployment.Stack;
        _transformations = [.. options.ResourceTransformations, .. inheritsFrom?._transformations ?? []];
        try
        {
            (args, options) = Transform(args, options);
            if (options.Provider is not null && options is ComponentResourceOptions { Providers.Count: > 0 })
                throw new ResourceException("Do not supply both 'provider' and 'providers' options to a ComponentResource.", options.Parent);
        }
        catch
        {
            // There will be no registration to end the outputs that are there already.
            Slots.Close(isKnown: false);
            throw;
        }

        options = options.Copy();
        if (options.Parent is { } parent)
        {
            lock (parent._children)
                parent._children.Add(this);
            options.Protect ??= parent._protect;
            _providers = parent._providers;
        }

        if (custom)
        {
            if (options.Provider is null)
                options.Provider = options.Parent?.ProviderFor(type);
            else if (PackageOf(type) is { } package)
                _providers = _providers.SetItem(package, options.Provider);
        }
        else
        {
            var given = options.Provider is not null ? [options.Provider] : (options as ComponentResourceOptions)?.Providers ?? [];
            _providers = _providers.SetItems(given.Select(static provider => KeyValuePair.Create(provider.Package, provider)));
        }

        _protect = options.Protect;
        Aliases = Inherited.AliasesOf(name, type, options);
        deployment.Tracker.Add(Registration.RunAsync(deployment, this, remote, args, options));
    }

    /// <summary>The engine's name of the resource.</summary>
    [Output(Wire.Urn)]
    public Output<string> Urn { get; private protected set; } = null!;

    /// <summary>The places of the outputs that the registration fills.</summary>
    internal OutputSlots Slots { get; }

    /// <summary>The URNs the resource may have had before, its parents' old names included.</summary>
    internal ImmutableArray<Lazy<Output<string>>> Aliases { get; } = [];

    /// <summary>The resources that belong to this one, as far as they are made.</summary>
    internal IReadOnlyList<Resource> Children
    {
        get
        {
            lock (_children)
                return [.. _children];
        }
    }

    /// <summary>The type token.</summary>
    public string GetResourceType() => _type;

    /// <summary>The name in the program.</summary>
    public string GetResourceName() => _name;

    /// <summary>The provider that children of a type, or functions of a token, are to use.</summary>
    internal ProviderResource? ProviderFor(string token) =>
        PackageOf(token) is { } package ? _providers.GetValueOrDefault(package) : null;

    private static string? PackageOf(string token) => token.Split(':') is { Length: 3 } parts ? parts[0] : null;

    private (ResourceArgs Args, ResourceOptions Options) Transform(ResourceArgs args, ResourceOptions options)
    {
        foreach (var transformation in _transformations)
        {
            if (transformation(new ResourceTransformationArgs(this, args, options)) is not { } result)
                continue;
            if (result.Options.Parent != options.Parent)
                throw new ArgumentException("Transformations cannot currently be used to change the 'parent' of a resource.");
            (args, options) = (result.Args, result.Options);
        }

        return (args, options);
    }
}
