namespace PassthroughInfra.Cli.Display;

/// <summary>Colours by meaning.</summary>
internal enum Tone
{
    Plain,
    Good,
    Changed,
    Bad,
    Replaced,
    Faint,
    Strong,
}

/// <summary>Writes lines, in colour where a person looks at a terminal and has not set NO_COLOR (no-color.org).</summary>
/// <param name="mask">What is done to each line before it is written; null leaves it.</param>
internal sealed class Ink(TextWriter target, bool colour, Func<string, string>? mask = null)
{
    private readonly Lock gate = new();

    /// <summary>Standard output, in colour if it is a terminal.</summary>
    public static Ink StandardOutput { get; } = new(Console.Out, !Console.IsOutputRedirected && WantsColour);

    /// <summary>Standard error, in colour if it is a terminal.</summary>
    public static Ink StandardError { get; } = new(Console.Error, !Console.IsErrorRedirected && WantsColour);

    /// <summary>Whether standard output is a terminal that can be drawn on.</summary>
    public static bool IsTerminal => !Console.IsOutputRedirected && Environment.GetEnvironmentVariable("TERM") is { Length: > 0 } and not "dumb";

    private static bool WantsColour => string.IsNullOrEmpty(Environment.GetEnvironmentVariable("NO_COLOR")) && Environment.GetEnvironmentVariable("TERM") != "dumb";

    /// <summary>Whether tones show.</summary>
    public bool HasColour => colour;

    /// <summary>A text in a tone.</summary>
    public string In(Tone tone, string text) => !colour || tone == Tone.Plain || text.Length == 0 ? text : $"\e[{Code(tone)}m{text}\e[0m";

    /// <summary>This, with something done to each line before it is written.</summary>
    public Ink Masked(Func<string, string> by) => new(target, colour, by);

    /// <summary>A text as it is written.</summary>
    public string Masked(string text) => mask?.Invoke(text) ?? text;

    /// <summary>Writes one line.</summary>
    public void Line(string text = "")
    {
        lock (gate)
            target.WriteLine(Masked(text));
    }

    private static string Code(Tone tone) => tone switch
    {
        Tone.Good => "32",
        Tone.Changed => "33",
        Tone.Bad => "31",
        Tone.Replaced => "35",
        Tone.Faint => "2",
        _ => "1",
    };
}
