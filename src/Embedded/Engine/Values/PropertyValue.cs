using System.Globalization;

namespace PassthroughInfra.Engine.Values;

/// <summary>
/// A value as the Pulumi program protocol knows it: null, bool, number, string, list, map, secret, unknown, asset, archive or resource
/// reference. Immutable, compared by structure. A protocol output value is taken apart when it is read: unknown becomes
/// <see cref="PropertyUnknown"/>, secret becomes <see cref="PropertySecret"/>.
/// </summary>
public abstract record PropertyValue
{
    /// <summary>The null value.</summary>
    public static PropertyValue Null { get; } = new PropertyNull();

    /// <summary>A value that is not known yet; only in previews.</summary>
    public static PropertyValue Unknown { get; } = new PropertyUnknown();

    /// <summary>Wraps a value as a secret; a secret of a secret is one secret.</summary>
    public static PropertyValue Secret(PropertyValue value) => value is PropertySecret ? value : new PropertySecret(value);

    /// <summary>A list of values.</summary>
    public static PropertyList List(params IEnumerable<PropertyValue> items) => new([.. items]);

    public static implicit operator PropertyValue(string value) => new PropertyString(value);

    public static implicit operator PropertyValue(bool value) => new PropertyBool(value);

    public static implicit operator PropertyValue(double value) => new PropertyNumber(value);

    /// <summary>Whether this is null.</summary>
    public bool IsNull => this is PropertyNull;

    /// <summary>Whether this is a secret (the value itself, not something within it).</summary>
    public bool IsSecret => this is PropertySecret;

    /// <summary>The value with one secret wrapper taken off, if it has one.</summary>
    public PropertyValue Unwrapped => this is PropertySecret secret ? secret.Value : this;

    /// <summary>The text, if this is a string, secret or not; else null.</summary>
    public string? AsString => Unwrapped is PropertyString text ? text.Value : null;

    /// <summary>The number, if this is one, secret or not; else null.</summary>
    public double? AsNumber => Unwrapped is PropertyNumber number ? number.Value : null;

    /// <summary>The bool, if this is one, secret or not; else null.</summary>
    public bool? AsBool => Unwrapped is PropertyBool flag ? flag.Value : null;

    /// <summary>The map, if this is one, secret or not; else null.</summary>
    public PropertyMap? AsMap => Unwrapped as PropertyMap;

    /// <summary>The list, if this is one, secret or not; else null.</summary>
    public PropertyList? AsList => Unwrapped as PropertyList;

    /// <summary>Whether this is unknown or holds something unknown.</summary>
    public virtual bool ContainsUnknowns => false;

    /// <summary>Whether this is a secret or holds one.</summary>
    public virtual bool ContainsSecrets => false;

    /// <summary>The same value with every secret wrapper taken off.</summary>
    public virtual PropertyValue WithoutSecrets() => this;

    /// <summary>The value for a person; secrets show as <c>[secret]</c>.</summary>
    public sealed override string ToString() => Describe();

    private protected abstract string Describe();
}

/// <summary>The null value.</summary>
public sealed record PropertyNull : PropertyValue
{
    private protected override string Describe() => "null";
}

/// <summary>A value that will be known only when the update has run.</summary>
public sealed record PropertyUnknown : PropertyValue
{
    public override bool ContainsUnknowns => true;

    private protected override string Describe() => "output<string>";
}

/// <summary>True or false.</summary>
public sealed record PropertyBool(bool Value) : PropertyValue
{
    private protected override string Describe() => Value ? "true" : "false";
}

/// <summary>A number; the protocol carries every number as a double.</summary>
public sealed record PropertyNumber(double Value) : PropertyValue
{
    private protected override string Describe() => Value.ToString("R", CultureInfo.InvariantCulture);
}

/// <summary>A string.</summary>
public sealed record PropertyString(string Value) : PropertyValue
{
    private protected override string Describe() => Value;
}

/// <summary>A value that must not be seen: encrypted in the state, <c>[secret]</c> wherever it is shown.</summary>
public sealed record PropertySecret(PropertyValue Value) : PropertyValue
{
    public override bool ContainsUnknowns => Value.ContainsUnknowns;

    public override bool ContainsSecrets => true;

    public override PropertyValue WithoutSecrets() => Value.WithoutSecrets();

    private protected override string Describe() => "[secret]";
}

/// <summary>A reference to a resource; <see cref="Id"/> is null for a component, and unknown in a preview of its creation.</summary>
public sealed record PropertyResource(string Urn, PropertyValue? Id, string? PackageVersion = null) : PropertyValue
{
    public override bool ContainsUnknowns => Id is PropertyUnknown;

    private protected override string Describe() => Id is PropertyString id ? $"{Urn}::{id.Value}" : Urn;
}
