namespace PassthroughInfra.Cli.Display;

/// <summary>Console styles, by meaning.</summary>
internal enum ConsoleStyle
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
internal sealed class ConsoleWriter(TextWriter target, bool colour, Func<string, string>? mask = null)
{
    private readonly Lock gate = new();

    /// <summary>Standard output, in colour if it is a terminal.</summary>
    public static ConsoleWriter StandardOutput { get; } = new(Console.Out, !Console.IsOutputRedirected && WantsColour);

    /// <summary>Standard error, in colour if it is a terminal.</summary>
    public static ConsoleWriter StandardError { get; } = new(Console.Error, !Console.IsErrorRedirected && WantsColour);

    /// <summary>Whether standard output is a terminal that can be drawn on.</summary>
    public static bool IsTerminal => !Console.IsOutputRedirected && Environment.GetEnvironmentVariable("TERM") is { Length: > 0 } and not "dumb";

    private static bool WantsColour => string.IsNullOrEmpty(Environment.GetEnvironmentVariable("NO_COLOR")) && Environment.GetEnvironmentVariable("TERM") != "dumb";

    /// <summary>Whether styles show.</summary>
    public bool HasColour => colour;

    /// <summary>A text in a style.</summary>
    public string In(ConsoleStyle style, string text) => !colour || style == ConsoleStyle.Plain || text.Length == 0 ? text : $"\e[{Code(style)}m{text}\e[0m";

    /// <summary>This, with something done to each line before it is written.</summary>
    public ConsoleWriter Masked(Func<string, string> by) => new(target, colour, by);

    /// <summary>A text as it is written.</summary>
    public string Masked(string text) => mask?.Invoke(text) ?? text;

    /// <summary>Writes one line.</summary>
    public void Line(string text = "")
    {
        lock (gate)
            target.WriteLine(Masked(text));
    }

    private static string Code(ConsoleStyle style) => style switch
    {
        ConsoleStyle.Good => "32",
        ConsoleStyle.Changed => "33",
        ConsoleStyle.Bad => "31",
        ConsoleStyle.Replaced => "35",
        ConsoleStyle.Faint => "2",
        _ => "1",
    };
}
