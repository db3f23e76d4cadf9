namespace Pulumi;

/// <summary>What the resources and functions of a package are sent with where the program says nothing else.</summary>
/// <param name="version">The version of the package's provider.</param>
internal sealed class PackageDefaults(string version)
{
    /// <summary>The program's options over the package's.</summary>
    /// <param name="options">The program's.</param>
    /// <param name="id">The existing resource to read; empty for a new one.</param>
    /// <param name="secretOutputs">Outputs that hold secrets by their nature.</param>
    /// <param name="replaceOnChanges">Inputs whose changes replace the resource by their nature.</param>
    public CustomResourceOptions For(
        CustomResourceOptions? options, Input<string> id, string[]? secretOutputs = null, string[]? replaceOnChanges = null)
    {
        var merged = CustomResourceOptions.Merge(
            new CustomResourceOptions
            {
                Version = version,
                AdditionalSecretOutputs = [.. secretOutputs ?? []],
                ReplaceOnChanges = [.. replaceOnChanges ?? []],
            },
            options);
        merged.Id = id;
        return merged;
    }

    public InvokeOptions For(InvokeOptions? options) => new()
    {
        Parent = options?.Parent,
        Provider = options?.Provider,
        Version = options?.Version ?? version,
        PluginDownloadURL = options?.PluginDownloadURL,
    };

    public InvokeOutputOptions For(InvokeOutputOptions options) => new()
    {
        Parent = options.Parent,
        Provider = options.Provider,
        Version = options.Version ?? version,
        PluginDownloadURL = options.PluginDownloadURL,
        DependsOn = options.DependsOn,
    };
}
