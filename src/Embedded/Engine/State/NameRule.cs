namespace PassthroughInfra.Engine.State;

/// <summary>The names of projects and stacks, which are names of files and directories too.</summary>
internal static class NameRule
{
    private const int Longest = 100;

    /// <summary>A name that can be part of a path.</summary>
    /// <param name="kind">What it names, for the message.</param>
    /// <exception cref="EngineException">It is no such name.</exception>
    public static string Checked(string kind, string name) =>
        name.Length is > 0 and <= Longest && name.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.') && name.Trim('.').Length > 0
            ? name
            : throw new EngineException($"'{name}' is no name of a {kind}: letters, digits, '-', '_' and '.', at most {Longest} of them, and not dots alone.");
}
