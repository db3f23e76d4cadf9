namespace PassthroughInfra.Component.Values;

/// <summary>
/// A value that is written as one text: a PCI address, a memory size, a CPU set. Such a type says itself how it is
/// written, so that the reader, its errors and the published schema agree.
/// </summary>
/// <typeparam name="TSelf">The value type.</typeparam>
public interface ITextValue<TSelf>
    where TSelf : ITextValue<TSelf>
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

/// <summary>A value that is written as one text, or as a list of texts or numbers: vCPU pins as <c>auto</c> or <c>[2, 3, 4, 5]</c>.</summary>
/// <typeparam name="TSelf">The value type.</typeparam>
public interface ITextOrListValue<TSelf> : ITextValue<TSelf>
    where TSelf : ITextOrListValue<TSelf>
{
    /// <summary>A regular expression (ECMA 262) every valid item of the list matches, for the schema.</summary>
    static abstract string ItemPattern { get; }

    /// <summary>The items, where the value is to be written as a list; null where it is one text.</summary>
    IReadOnlyList<string>? Items { get; }

    /// <summary>Reads a list.</summary>
    /// <param name="items">The items as texts; numbers as they were written.</param>
    /// <param name="value">The value, where the list is valid.</param>
    /// <returns>Whether it is valid.</returns>
    static abstract bool TryReadList(IReadOnlyList<string> items, out TSelf value);
}
