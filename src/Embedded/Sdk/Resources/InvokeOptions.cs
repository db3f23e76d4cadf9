namespace Pulumi;

/// <summary>How a function of a provider is called.</summary>
public class InvokeOptions
{
    /// <summary>The resource whose provider is used where <see cref="Provider"/> is not given.</summary>
    public Resource? Parent { get; set; }

    public ProviderResource? Provider { get; set; }

    /// <summary>The version of the provider.</summary>
    public string? Version { get; set; }

    /// <summary>Where the provider is fetched from.</summary>
    public string? PluginDownloadURL { get; set; }
}

/// <summary>How a function of a provider is called whose result is an output.</summary>
public sealed class InvokeOutputOptions : InvokeOptions
{
    private InputList<Resource>? _dependsOn;

    /// <summary>Resources that are to be done before the call.</summary>
    public InputList<Resource> DependsOn
    {
        get => _dependsOn ??= [];
        set => _dependsOn = value;
    }
}
