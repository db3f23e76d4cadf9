namespace PassthroughInfra.Component.Spec;

/// <summary>A value that belongs under <c>secure:</c> in a stack file, so that it stands there encrypted.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class SpecSecretAttribute : Attribute;
