namespace Pulumi;

/// <summary>Marks a property of a resource as an output of it, or of a stack as an output of the stack.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class OutputAttribute : Attribute
{
    public OutputAttribute(string? name = null) => Name = name;

    /// <summary>The name on the wire; null is the name of the property.</summary>
    public string? Name { get; }
}

/// <summary>Marks a field or property of arguments as an input.</summary>
[AttributeUsage(AttributeTargets.Field | AttributeTargets.Property)]
public sealed class InputAttribute : Attribute
{
    public InputAttribute(string name, bool required = false, bool json = false) => (Name, IsRequired, IsJson) = (name, required, json);

    internal string Name { get; }

    internal bool IsRequired { get; }

    internal bool IsJson { get; }
}

/// <summary>Marks a class that outputs can be made of.</summary>
[AttributeUsage(AttributeTargets.Class)]
public sealed class OutputTypeAttribute : Attribute
{
}

/// <summary>Marks the one constructor by which a class of outputs is made; its parameters are named as on the wire.</summary>
[AttributeUsage(AttributeTargets.Constructor)]
public sealed class OutputConstructorAttribute : Attribute
{
}

/// <summary>The name on the wire of a parameter that must have another one in C#.</summary>
[AttributeUsage(AttributeTargets.Parameter)]
public sealed class OutputConstructorParameterAttribute : Attribute
{
    public OutputConstructorParameterAttribute(string name) => Name = name;

    public string Name { get; }
}

/// <summary>Marks a struct that stands for one of several texts or numbers: a constructor takes it, an explicit conversion gives it.</summary>
[AttributeUsage(AttributeTargets.Struct)]
public sealed class EnumTypeAttribute : Attribute
{
}

/// <summary>Names the type token of a resource class, so that a reference to such a resource can be turned into an object.</summary>
[AttributeUsage(AttributeTargets.Class)]
public class ResourceTypeAttribute : Attribute
{
    public ResourceTypeAttribute(string type, string? version) => (Type, Version) = (type, version);

    public string Type { get; }

    public string? Version { get; }
}
