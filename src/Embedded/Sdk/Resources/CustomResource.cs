using Pulumi.Serialization;

namespace Pulumi;

/// <summary>A resource that a provider makes, changes and deletes.</summary>
public class CustomResource : Resource
{
    public CustomResource(string type, string name, ResourceArgs? args, CustomResourceOptions? options = null)
        : base(type, name, custom: true, args ?? ResourceArgs.Empty, options ?? new CustomResourceOptions(), remote: false)
    {
    }

    /// <inheritdoc cref="CustomResource(string, string, ResourceArgs?, CustomResourceOptions?)"/>
    /// <exception cref="NotSupportedException">There is a package request: the embedded engine has no parameterized packages.</exception>
    public CustomResource(
        string type, string name, ResourceArgs? args, CustomResourceOptions? options = null, RegisterPackageRequest? registerPackageRequest = null)
        : this(type, name, RegisterPackageRequest.Refused(registerPackageRequest, args), options)
    {
    }

    private protected CustomResource()
    {
    }

    /// <summary>The provider's name of the resource; unknown until it is made.</summary>
    [Output(Wire.Id)]
    public Output<string> Id { get; private protected set; } = null!;
}

/// <summary>A resource of which no more is known than its URN.</summary>
internal sealed class DependencyResource : CustomResource
{
    public DependencyResource(string urn)
    {
        Urn = Output.Create(urn);
        Id = new(OutputData<string>.Unknown([], isSecret: false));
    }
}
