namespace PassthroughInfra.Component.Spec;

/// <summary>A value that may be written in several ways, such as <c>auto</c> or a list. It says which, for the schema and the reference.</summary>
public interface ISpecChoice
{
    /// <summary>The types of what may be written: each one that the spec could have in that place by itself.</summary>
    static abstract IReadOnlyList<Type> Choices { get; }
}
