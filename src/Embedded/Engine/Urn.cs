namespace PassthroughInfra.Engine;

/// <summary>URNs: <c>urn:pulumi:&lt;stack&gt;::&lt;project&gt;::&lt;parent types joined by $&gt;$&lt;type&gt;::&lt;name&gt;</c>.</summary>
public static class Urn
{
    /// <summary>The type of the root resource, which does not count among the parents' types.</summary>
    public const string StackType = "pulumi:pulumi:Stack";

    /// <summary>What provider resources' types begin with.</summary>
    public const string ProviderTypePrefix = "pulumi:providers:";

    /// <summary>The URN of a resource; <paramref name="parent"/> is its parent's URN, or empty.</summary>
    public static string Create(string stack, string project, string parent, string type, string name)
    {
        var parentType = parent.Length > 0 ? QualifiedType(parent) : "";
        var qualified = parentType.Length > 0 && parentType != StackType ? $"{parentType}${type}" : type;
        return $"urn:pulumi:{stack}::{project}::{qualified}::{name}";
    }

    /// <summary>The logical name.</summary>
    public static string Name(string urn) => Parts(urn)[3];

    /// <summary>The type token.</summary>
    public static string Type(string urn) => QualifiedType(urn) is var type && type.LastIndexOf('$') is >= 0 and var at ? type[(at + 1)..] : QualifiedType(urn);

    /// <summary>The type token with its parents' types before it.</summary>
    public static string QualifiedType(string urn) => Parts(urn)[2];

    /// <summary>The stack.</summary>
    public static string Stack(string urn) => Parts(urn)[0]["urn:pulumi:".Length..];

    /// <summary>The project.</summary>
    public static string Project(string urn) => Parts(urn)[1];

    /// <summary>Whether a text has the form of a URN.</summary>
    public static bool IsValid(string urn) => urn.StartsWith("urn:pulumi:", StringComparison.Ordinal) && urn.Split("::", 4).Length == 4;

    private static string[] Parts(string urn) => urn.Split("::", 4) is { Length: 4 } parts && urn.StartsWith("urn:pulumi:", StringComparison.Ordinal)
        ? parts
        : throw new FormatException($"'{urn}' is no URN (urn:pulumi:<stack>::<project>::<type>::<name>).");
}

/// <summary>A reference to a provider resource: <c>&lt;urn&gt;::&lt;id&gt;</c>.</summary>
public readonly record struct ProviderReference(string ProviderUrn, string Id)
{
    /// <summary>Reads a reference.</summary>
    /// <exception cref="FormatException">It is none.</exception>
    public static ProviderReference Parse(string text) => text.LastIndexOf("::", StringComparison.Ordinal) is > 0 and var at && Urn.IsValid(text[..at])
        ? new(text[..at], text[(at + 2)..])
        : throw new FormatException($"'{text}' is no provider reference (<urn>::<id>).");

    /// <summary>The package the provider is for.</summary>
    public string Package => Urn.Type(ProviderUrn)[Urn.ProviderTypePrefix.Length..];

    /// <summary>Whether it is a provider that the engine made from defaults.</summary>
    public bool IsDefault => Urn.Name(ProviderUrn) is var name && (name == "default" || name.StartsWith("default_", StringComparison.Ordinal));

    public override string ToString() => $"{ProviderUrn}::{Id}";
}
