using System.Reflection;

namespace Pulumi.Serialization;

/// <summary>Turns references to resources, which name a type token, into objects of the class for that token.</summary>
internal static class ResourceTypes
{
    private static readonly Lazy<Dictionary<string, Type>> s_types = new(Find);

    /// <summary>The resource of a URN; of its own class where one is marked with the type token.</summary>
    public static Resource Refer(string urn)
    {
        if (!s_types.Value.TryGetValue(Urn.TypeOf(urn), out var type))
            return new DependencyResource(urn);

        var constructor = type.GetConstructors().SingleOrDefault(static candidate =>
            candidate.GetParameters() is [{ ParameterType: var name }, _, { ParameterType: var options }]
            && name == typeof(string)
            && options.IsAssignableTo(typeof(ResourceOptions)));
        if (constructor is null)
            return new DependencyResource(urn);

        var parameters = constructor.GetParameters();
        ResourceOptions existing = parameters[2].ParameterType == typeof(ComponentResourceOptions)
            ? new ComponentResourceOptions { Urn = urn }
            : new CustomResourceOptions { Urn = urn };
        return (Resource)constructor.Invoke([Urn.NameOf(urn), null, existing]);
    }

    private static Dictionary<string, Type> Find()
    {
        var found = new Dictionary<string, Type>(StringComparer.Ordinal);
        var sdk = typeof(Resource).Assembly;
        var name = sdk.GetName().Name;
        foreach (var assembly in AppDomain.CurrentDomain.GetAssemblies())
        {
            if (assembly != sdk && !assembly.GetReferencedAssemblies().Any(reference => reference.Name == name))
                continue;
            foreach (var type in assembly.GetTypes())
            {
                if (type.IsAssignableTo(typeof(Resource)) && type.GetCustomAttribute<ResourceTypeAttribute>() is { } attribute)
                    found.TryAdd(attribute.Type, type);
            }
        }

        return found;
    }
}
