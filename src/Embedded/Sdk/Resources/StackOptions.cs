namespace Pulumi;

/// <summary>Options of the stack.</summary>
public class StackOptions
{
    /// <summary>Functions that may change the arguments and options of every resource of the stack.</summary>
    public List<ResourceTransformation> ResourceTransformations { get; set; } = [];
}
