namespace Pulumi;

/// <summary>The engine's name of a resource: <c>urn:pulumi:stack::project::parent types and type::name</c>.</summary>
public readonly struct Urn : IEquatable<Urn>
{
    private readonly string _value;

    public Urn(string value) => _value = value;

    public static implicit operator string(Urn value) => value._value;

    public static bool operator ==(Urn left, Urn right) => left.Equals(right);

    public static bool operator !=(Urn left, Urn right) => !left.Equals(right);

    /// <summary>
    /// The URN of a resource of this name, type and parent; the parent, project and stack are the running stack's where they
    /// are left out.
    /// </summary>
    public static Output<string> Create(
        Input<string> name,
        Input<string> type,
        Resource? parent = null,
        Input<string>? parentUrn = null,
        Input<string>? project = null,
        Input<string>? stack = null)
    {
        if (parent is not null && parentUrn is not null)
            throw new ArgumentException("Only one of 'parent' and 'parentUrn' can be non-null.");

        var parentPrefix = parent is not null || parentUrn is not null
            ? (parent?.Urn ?? parentUrn.ToOutput()).Apply(static urn => urn[..urn.LastIndexOf("::", StringComparison.Ordinal)] + "$")
            : Output
                .Tuple(stack ?? Deployment.Instance.StackName, project ?? Deployment.Instance.ProjectName)
                .Apply(static both => $"urn:pulumi:{both.Item1}::{both.Item2}::");

        return Output.Tuple(parentPrefix, type.ToOutput(), name.ToOutput()).Apply(static parts => $"{parts.Item1}{parts.Item2}::{parts.Item3}");
    }

    public bool Equals(Urn other) => _value == other._value;

    public override bool Equals(object? obj) => obj is Urn other && Equals(other);

    public override int GetHashCode() => HashCode.Combine(_value);

    public override string ToString() => _value;

    /// <summary>The name, which is the last part.</summary>
    internal static string NameOf(string urn) => urn[(urn.LastIndexOf("::", StringComparison.Ordinal) + 2)..];

    /// <summary>The type, without its parents' types.</summary>
    internal static string TypeOf(string urn)
    {
        var qualified = urn.Split("::")[2];
        return qualified[(qualified.LastIndexOf('$') + 1)..];
    }

    /// <summary>
    /// The URN a child had when its parent had the other URN. Where the child's name starts with its parent's, the parent's
    /// old name takes that place.
    /// </summary>
    internal static Output<string> OfChildBefore(string childName, string childType, string parentName, Output<string> parentAlias) =>
        parentAlias.Apply(urn =>
        {
            var name = childName.StartsWith(parentName, StringComparison.Ordinal)
                ? NameOf(urn) + childName[parentName.Length..]
                : childName;
            return Create(name, childType, parentUrn: urn);
        });
}
