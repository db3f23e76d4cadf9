using System.Text.RegularExpressions;

namespace PassthroughInfra.Component.Values;

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

    /// <summary>The text without line ends and other control characters: fit for one line of a receipt.</summary>
    public static string OneLine(string text) => Unprintable().Replace(text, " ").Trim();

    /// <summary>A shell that reads its script from stdin, as root.</summary>
    /// <param name="user">The login: anyone but root goes through sudo.</param>
    internal static string OfRoot(string user) => user == "root" ? "sh -s" : "sudo -n sh -s";

    [GeneratedRegex("^[A-Za-z0-9_@%+=:,./-]+\\z")]
    private static partial Regex Plain();

    [GeneratedRegex("[\\p{C}]+")]
    private static partial Regex Unprintable();
}
