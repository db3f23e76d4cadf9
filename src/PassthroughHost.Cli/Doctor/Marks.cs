using PassthroughInfra.Component.Advice;

namespace PassthroughInfra.Cli.Doctor;

/// <summary>How verdicts are marked: a sign, and always a word beside it.</summary>
/// <param name="Unicode">Whether the output can show more than ASCII.</param>
internal sealed record Marks(bool Unicode)
{
    /// <summary>Whether this process' locale is a UTF-8 one (locale(7)).</summary>
    public static bool LocaleIsUtf8 =>
        ((string?[])[Environment.GetEnvironmentVariable("LC_ALL"), Environment.GetEnvironmentVariable("LC_CTYPE"), Environment.GetEnvironmentVariable("LANG")])
        .FirstOrDefault(v => !string.IsNullOrEmpty(v)) is { } locale
        && locale.Replace("-", "", StringComparison.Ordinal).EndsWith("utf8", StringComparison.OrdinalIgnoreCase);

    /// <summary>The sign of a verdict.</summary>
    public string Sign(Verdict verdict) => (verdict, Unicode) switch
    {
        (Verdict.Good, true) => "✔",
        (Verdict.Good, _) => "+",
        (Verdict.Bad, true) => "✘",
        (Verdict.Bad, _) => "x",
        (Verdict.Unknown, _) => "?",
        (Verdict.Caution, _) => "!",
        (_, true) => "·",
        _ => "-",
    };

    /// <summary>Its word.</summary>
    public static string Word(Verdict verdict) => verdict switch
    {
        Verdict.Good => "good",
        Verdict.Bad => "bad",
        Verdict.Unknown => "not known",
        Verdict.Caution => "caution",
        _ => "note",
    };

    /// <summary>Its colour, as Spectre.Console names it.</summary>
    public static string Colour(Verdict verdict) => verdict switch
    {
        Verdict.Good => "green",
        Verdict.Bad => "red",
        Verdict.Unknown => "blue",
        Verdict.Caution => "yellow",
        _ => "grey",
    };

    /// <summary>An arrow that leads to what to do.</summary>
    public string Arrow => Unicode ? "→" : "->";
}
