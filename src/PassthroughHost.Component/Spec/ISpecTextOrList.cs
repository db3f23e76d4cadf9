namespace PassthroughInfra.Component.Spec;

/// <summary>A value that is written as one text, or as a list of texts or numbers: vCPU pins as <c>auto</c> or <c>[2, 3, 4, 5]</c>.</summary>
/// <typeparam name="TSelf">The value type.</typeparam>
public interface ISpecTextOrList<TSelf> : ISpecText<TSelf>
    where TSelf : ISpecTextOrList<TSelf>
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
