namespace PassthroughInfra.Component.Spec;

/// <summary>
/// A value that is written as one text in the spec: a PCI address, a memory size, a CPU set. Such a type says itself how it is
/// written, so that the parser's errors and the published schema agree.
/// </summary>
/// <typeparam name="TSelf">The value type.</typeparam>
public interface ISpecText<TSelf>
    where TSelf : ISpecText<TSelf>
{
    /// <summary>What is expected, for error messages and the schema: <c>a PCI address such as "01:00.0"</c>.</summary>
    static abstract string Expected { get; }

    /// <summary>A regular expression (ECMA 262) every valid text matches, for the schema.</summary>
    static abstract string Pattern { get; }

    /// <summary>Reads the text.</summary>
    /// <param name="text">What the user wrote.</param>
    /// <param name="value">The value, where the text is valid.</param>
    /// <returns>Whether it is valid.</returns>
    static abstract bool TryRead(string text, out TSelf value);
}
