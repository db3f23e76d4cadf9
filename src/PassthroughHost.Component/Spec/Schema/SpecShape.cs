using System.Text.Json.Nodes;

namespace PassthroughInfra.Component.Spec.Schema;

/// <summary>What may be written at one place of the spec.</summary>
public abstract record SpecShape
{
    /// <summary>In a few words, for people: <c>list of PCI addresses</c>.</summary>
    public abstract string Words { get; }

    /// <summary>What is expected, for a message that says that something else was found.</summary>
    public virtual string Expectation => Words;

    /// <summary>How a word or a text is read; null for other shapes.</summary>
    internal TextValue? Value { get; init; }
}

/// <summary>A value that is one text: a PCI address, a memory size.</summary>
/// <param name="Pattern">The regular expression (ECMA 262) every valid text matches.</param>
/// <param name="Expected">What is expected, for people.</param>
public sealed record TextShape(string Pattern, string Expected) : SpecShape
{
    /// <inheritdoc/>
    public override string Words => Expected.Split(" such as ", 2)[0];

    /// <inheritdoc/>
    public override string Expectation => Expected;

    /// <summary>The texts that <see cref="Expected"/> gives as examples.</summary>
    public IReadOnlyList<string> Examples => [.. Expected.Split('"').Where((_, i) => i % 2 == 1)];
}

/// <summary>Any text.</summary>
public sealed record StringShape : SpecShape
{
    /// <inheritdoc/>
    public override string Words => "text";

    /// <inheritdoc/>
    public override string Expectation => "a text";
}

/// <summary>One of a few words.</summary>
/// <param name="Values">The words, in the order of declaration.</param>
public sealed record WordShape(IReadOnlyList<string> Values) : SpecShape
{
    /// <inheritdoc/>
    public override string Words => string.Join(", ", Values.Select(v => $"`{v}`"));

    /// <inheritdoc/>
    public override string Expectation => $"one of {string.Join(", ", Values)}";
}

/// <summary>True or false.</summary>
public sealed record BooleanShape : SpecShape
{
    /// <inheritdoc/>
    public override string Words => "`true`, `false`";

    /// <inheritdoc/>
    public override string Expectation => "true or false";
}

/// <summary>A whole number.</summary>
/// <param name="Most">The largest that can be kept.</param>
public sealed record IntegerShape(long Most = int.MaxValue) : SpecShape
{
    /// <inheritdoc/>
    public override string Words => "whole number";

    /// <inheritdoc/>
    public override string Expectation => "a whole number";
}

/// <summary>A list.</summary>
/// <param name="Item">What each entry is.</param>
public sealed record ListShape(SpecShape Item) : SpecShape
{
    /// <inheritdoc/>
    public override string Words => $"list, each: {Item.Words}";

    /// <inheritdoc/>
    public override string Expectation => $"a list, each {Item.Expectation}";
}

/// <summary>A map with keys of the user's own.</summary>
/// <param name="Key">What each key is.</param>
/// <param name="Item">What each value is.</param>
public sealed record MapShape(SpecShape Key, SpecShape Item) : SpecShape
{
    /// <inheritdoc/>
    public override string Words => $"map from {Key.Words} to {Item.Words}";

    /// <inheritdoc/>
    public override string Expectation => $"a map from {Key.Expectation} to {Item.Expectation}";
}

/// <summary>A value that is one text, or a list of texts.</summary>
/// <param name="Pattern">The regular expression (ECMA 262) a valid text matches.</param>
/// <param name="ItemPattern">The same for each entry of a list.</param>
/// <param name="Expected">What is expected, for people.</param>
public sealed record TextOrListShape(string Pattern, string ItemPattern, string Expected) : SpecShape
{
    /// <inheritdoc/>
    public override string Words => Expected.Split(" such as ", 2)[0];

    /// <inheritdoc/>
    public override string Expectation => Expected;
}

/// <summary>A map with known keys.</summary>
/// <param name="Type">The type it is read into, for the schema's definitions.</param>
/// <param name="Members">Its keys.</param>
public sealed record ObjectShape(Type Type, IReadOnlyList<SpecMember> Members) : SpecShape
{
    /// <inheritdoc/>
    public override string Words => "map, see below";

    /// <inheritdoc/>
    public override string Expectation => $"a map with the keys {string.Join(", ", Members.Select(m => m.Name))}";
}

/// <summary>One key.</summary>
/// <param name="Name">As it is written.</param>
/// <param name="Shape">What may be written.</param>
/// <param name="Required">Whether it must be there.</param>
/// <param name="Default">What holds where it is left out; null where nothing does, or where a description says it better.</param>
/// <param name="Description">What it means.</param>
/// <param name="Unit">The unit of a number; null where it has none.</param>
/// <param name="Secret">Whether it belongs under <c>secure:</c>.</param>
/// <param name="MayBeNull">Whether it may be written as null, which is as if it were left out.</param>
public sealed record SpecMember(string Name, SpecShape Shape, bool Required, JsonNode? Default, string Description, string? Unit, bool Secret, bool MayBeNull)
{
    /// <summary>The key under which one entry of it stood before; null for all others.</summary>
    internal string? FormerName { get; init; }
}
