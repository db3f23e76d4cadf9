namespace Pulumi.Runtime;

/// <summary>The features an engine may know, as it is asked for them.</summary>
internal static class Features
{
    public const string ResourceReferences = "resourceReferences";
    public const string OutputValues = "outputValues";
    public const string AliasSpecs = "aliasSpecs";
    public const string DeletedWith = "deletedWith";
}
