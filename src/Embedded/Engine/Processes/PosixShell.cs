namespace PassthroughInfra.Engine.Processes;

/// <summary>Writes words for a POSIX shell.</summary>
public static class PosixShell
{
    /// <summary>
    /// The word as one argument of a POSIX shell, whatever it holds: left as it is where nothing in it is special, in single quotes
    /// otherwise (POSIX.1-2017, Shell Command Language, 2.2.2).
    /// </summary>
    /// <exception cref="ArgumentException">The word holds a NUL, which no argument can.</exception>
    public static string Quote(string word)
    {
        if (word.Contains('\0', StringComparison.Ordinal))
            throw new ArgumentException("A shell argument cannot hold a NUL character.", nameof(word));
        if (word.Length > 0 && word.All(c => char.IsAsciiLetterOrDigit(c) || "@%+=:,./_-".Contains(c, StringComparison.Ordinal)))
            return word;
        return "'" + word.Replace("'", "'\\''", StringComparison.Ordinal) + "'";
    }

    /// <summary>The words as arguments of a POSIX shell.</summary>
    public static string Quote(IEnumerable<string> words) => string.Join(' ', words.Select(Quote));
}
