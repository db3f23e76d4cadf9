using System.Text.RegularExpressions;

namespace PassthroughInfra.Component.Planning;

/// <summary>The one place where a value becomes part of a shell text.</summary>
public static partial class Shell
{
    /// <summary>
    /// One word of a POSIX shell, whatever the value holds. Source: POSIX.1-2024, Shell Command Language, 2.2.2 Single-Quotes.
    /// </summary>
    /// <exception cref="ArgumentException">The value holds a NUL, which no argument can.</exception>
    public static string Quote(string value) =>
        value.Contains('\0') ? throw new ArgumentException("A shell word cannot hold a NUL character.", nameof(value))
        : Plain().IsMatch(value) ? value
        : "'" + value.Replace("'", "'\\''", StringComparison.Ordinal) + "'";

    /// <summary>A comment for people at the end of a command: one line, nothing the shell could act on.</summary>
    public static string Comment(string text) =>
        text.Length == 0 ? "" : " # " + Unprintable().Replace(text, " ").Trim();

    [GeneratedRegex("^[A-Za-z0-9_@%+=:,./-]+\\z")]
    private static partial Regex Plain();

    [GeneratedRegex("[\\p{C}]+")]
    private static partial Regex Unprintable();
}
