using Pulumi.Serialization;

namespace Pulumi;

/// <summary>A provider with a configuration of its own, to be given to resources as an option.</summary>
public class ProviderResource : CustomResource
{
    private const string TypePrefix = "pulumi:providers:";

    private Task<string>? _reference;

    public ProviderResource(string package, string name, ResourceArgs args, CustomResourceOptions? options = null)
        : base(TypePrefix + package, name, args, options) => Package = package;

    /// <inheritdoc cref="ProviderResource(string, string, ResourceArgs, CustomResourceOptions?)"/>
    /// <exception cref="NotSupportedException">There is a package request: the embedded engine has no parameterized packages.</exception>
    public ProviderResource(
        string package, string name, ResourceArgs args, CustomResourceOptions? options = null, RegisterPackageRequest? registerPackageRequest = null)
        : base(TypePrefix + package, name, args, options, registerPackageRequest) => Package = package;

    internal string Package { get; }

    /// <summary>The provider as requests name it: URN and id.</summary>
    internal Task<string> ReferenceAsync()
    {
        return _reference ??= Make();

        async Task<string> Make()
        {
            var urn = await Urn.ValueOrAsync("").ConfigureAwait(false);
            var id = await Id.ValueOrAsync("").ConfigureAwait(false);
            return $"{urn}::{(string.IsNullOrEmpty(id) ? Wire.Unknown : id)}";
        }
    }
}
