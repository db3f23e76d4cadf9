namespace Pulumi;

/// <summary>How the engine is to treat a resource.</summary>
public abstract class ResourceOptions
{
    private List<Input<Alias>>? _aliases;
    private InputList<Resource>? _dependsOn;
    private List<string>? _ignoreChanges;
    private List<string>? _replaceOnChanges;
    private List<ResourceTransformation>? _transformations;

    protected ResourceOptions()
    {
    }

    /// <summary>Reads the existing resource of this id instead of making one.</summary>
    public Input<string>? Id { get; set; }

    /// <summary>The resource this one belongs to; the stack by default.</summary>
    public Resource? Parent { get; set; }

    /// <summary>Resources that are to be done before this one, in addition to those its inputs come from.</summary>
    public InputList<Resource> DependsOn
    {
        get => _dependsOn ??= [];
        set => _dependsOn = value;
    }

    /// <summary>The resource must not be deleted; by default as its parent's.</summary>
    public bool? Protect { get; set; }

    /// <summary>Inputs whose changes are left alone.</summary>
    public List<string> IgnoreChanges
    {
        get => _ignoreChanges ??= [];
        set => _ignoreChanges = value;
    }

    /// <summary>Inputs whose changes replace the resource.</summary>
    public List<string> ReplaceOnChanges
    {
        get => _replaceOnChanges ??= [];
        set => _replaceOnChanges = value;
    }

    /// <summary>The version of the provider.</summary>
    public string? Version { get; set; }

    /// <summary>The provider; by default the one the parent has for this package.</summary>
    public ProviderResource? Provider { get; set; }

    public CustomTimeouts? CustomTimeouts { get; set; }

    /// <summary>Functions that may change the arguments and options of this resource and of its children.</summary>
    public List<ResourceTransformation> ResourceTransformations
    {
        get => _transformations ??= [];
        set => _transformations = value;
    }

    /// <summary>Names the resource had before.</summary>
    public List<Input<Alias>> Aliases
    {
        get => _aliases ??= [];
        set => _aliases = value;
    }

    /// <summary>Takes the resource of this URN, with the state the engine has, instead of making one.</summary>
    public string? Urn { get; set; }

    /// <summary>Where the provider is fetched from.</summary>
    public string? PluginDownloadURL { get; set; }

    /// <summary>The resource is forgotten, not deleted, when the program has it no more.</summary>
    public bool? RetainOnDelete { get; set; }

    /// <summary>The resource is gone with that one, and need not be deleted before it.</summary>
    public Resource? DeletedWith { get; set; }

    /// <summary>Copies everything, the lists included: what is done to the copy leaves this one as it is.</summary>
    internal abstract ResourceOptions Copy();

    /// <summary>Takes what the other has: single values replace, lists are appended.</summary>
    internal void Take(ResourceOptions other)
    {
        Id = other.Id ?? Id;
        Parent = other.Parent ?? Parent;
        Protect = other.Protect ?? Protect;
        Version = other.Version ?? Version;
        Provider = other.Provider ?? Provider;
        CustomTimeouts = other.CustomTimeouts ?? CustomTimeouts;
        Urn = other.Urn ?? Urn;
        PluginDownloadURL = other.PluginDownloadURL ?? PluginDownloadURL;
        RetainOnDelete = other.RetainOnDelete ?? RetainOnDelete;
        DeletedWith = other.DeletedWith ?? DeletedWith;
        Append(ref _ignoreChanges, other._ignoreChanges);
        Append(ref _replaceOnChanges, other._replaceOnChanges);
        Append(ref _transformations, other._transformations);
        Append(ref _aliases, other._aliases);
        if (other._dependsOn is not null)
            _dependsOn = _dependsOn is null ? other._dependsOn.Copy() : _dependsOn.Concat(other._dependsOn);
    }

    private protected static void Append<T>(ref List<T>? list, List<T>? more)
    {
        if (more is { Count: > 0 })
            list = list is null ? [.. more] : [.. list, .. more];
    }
}

/// <summary>Options of a resource that a provider makes.</summary>
public sealed class CustomResourceOptions : ResourceOptions
{
    private List<string>? _additionalSecretOutputs;

    /// <summary>Deletes the old one before its replacement is made; by default the provider decides.</summary>
    public bool? DeleteBeforeReplace { get; set; }

    /// <summary>Outputs that are to be kept secret besides those that are so anyway.</summary>
    public List<string> AdditionalSecretOutputs
    {
        get => _additionalSecretOutputs ??= [];
        set => _additionalSecretOutputs = value;
    }

    /// <summary>Takes the existing resource of this id under management.</summary>
    public string? ImportId { get; set; }

    /// <summary>A new bag of both: the second's single values win, the lists are appended. The parts stay as they were.</summary>
    public static CustomResourceOptions Merge(CustomResourceOptions? options1, CustomResourceOptions? options2)
    {
        var merged = new CustomResourceOptions();
        merged.TakeAll(options1);
        merged.TakeAll(options2);
        return merged;
    }

    internal override CustomResourceOptions Copy() => Merge(this, null);

    private void TakeAll(CustomResourceOptions? other)
    {
        if (other is null)
            return;
        Take(other);
        DeleteBeforeReplace = other.DeleteBeforeReplace ?? DeleteBeforeReplace;
        ImportId = other.ImportId ?? ImportId;
        Append(ref _additionalSecretOutputs, other._additionalSecretOutputs);
    }
}

/// <summary>Options of a component.</summary>
public sealed class ComponentResourceOptions : ResourceOptions
{
    private List<ProviderResource>? _providers;

    /// <summary>The providers of the component's children, one for each package.</summary>
    public List<ProviderResource> Providers
    {
        get => _providers ??= [];
        set => _providers = value;
    }

    /// <inheritdoc cref="CustomResourceOptions.Merge"/>
    /// <remarks>Of several providers of one package the last is kept.</remarks>
    public static ComponentResourceOptions Merge(ComponentResourceOptions? options1, ComponentResourceOptions? options2)
    {
        var merged = new ComponentResourceOptions();
        merged.TakeAll(options1);
        merged.TakeAll(options2);
        if (merged._providers is { Count: > 1 } providers)
            merged._providers = [.. Enumerable.Reverse(providers).DistinctBy(static provider => provider.Package).Reverse()];
        return merged;
    }

    internal override ComponentResourceOptions Copy()
    {
        var copy = new ComponentResourceOptions();
        copy.TakeAll(this);
        return copy;
    }

    private void TakeAll(ComponentResourceOptions? other)
    {
        if (other is null)
            return;
        Take(other);
        Append(ref _providers, other._providers);
    }
}

/// <summary>How long the engine lets the provider work; by default as long as the provider likes.</summary>
public sealed class CustomTimeouts
{
    public TimeSpan? Create { get; set; }

    public TimeSpan? Update { get; set; }

    public TimeSpan? Delete { get; set; }

    internal PassthroughInfra.Protocol.RegisterResourceRequest.Types.CustomTimeouts ToProtocol() => new()
    {
        Create = Text(Create),
        Update = Text(Update),
        Delete = Text(Delete),
    };

    // Nanoseconds, as the protocol's durations take them; a tick is a hundred of them.
    private static string Text(TimeSpan? timeout) => timeout is { } span ? $"{span.Ticks * 100}ns" : "";
}
