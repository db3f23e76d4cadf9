using System.Text;

namespace PassthroughInfra.Cli;

/// <summary>Asks the person at the terminal.</summary>
internal static class Questions
{
    private static int asking;

    /// <summary>Whether there is somebody to ask.</summary>
    public static bool CanAsk => !Console.IsInputRedirected && !Console.IsOutputRedirected;

    /// <summary>Whether somebody is being asked at the moment: then Ctrl-C is the answer, for there is nothing to finish.</summary>
    public static bool IsAsking => asking > 0;

    /// <summary>Marks that somebody is being asked, until it is disposed.</summary>
    public static IDisposable Asking() => new Mark();

    /// <summary>A passphrase, which is not shown while it is typed.</summary>
    public static string Passphrase(string purpose)
    {
        Console.Error.Write($"{purpose} needs the stack's passphrase (PULUMI_CONFIG_PASSPHRASE is not set): ");
        return Hidden();
    }

    /// <summary>A line that is not shown while it is typed.</summary>
    public static string Hidden()
    {
        using var mark = Asking();
        var typed = new StringBuilder();
        while (Console.ReadKey(intercept: true) is { Key: not ConsoleKey.Enter } key)
        {
            if (key.Key == ConsoleKey.Backspace)
                typed.Length = Math.Max(0, typed.Length - 1);
            else if (key.KeyChar != '\0')
                typed.Append(key.KeyChar);
        }
        Console.Error.WriteLine();
        return typed.ToString();
    }

    /// <summary>A line; empty where there is none.</summary>
    public static string Line()
    {
        using var mark = Asking();
        return Console.ReadLine() ?? "";
    }

    /// <summary>Whether to go on; anything but yes is no.</summary>
    /// <param name="details">Tells more; the question is asked again then.</param>
    public static bool Confirm(string question, Action? details = null)
    {
        while (true)
        {
            Console.Write($"{question} {(details is null ? "[y/N]" : "[y]es, [N]o, [d]etails:")} ");
            var answer = Line().Trim().ToUpperInvariant();
            if (details is null || answer is not ("D" or "DETAILS"))
                return answer is "Y" or "YES";
            details();
        }
    }

    private sealed class Mark : IDisposable
    {
        public Mark() => Interlocked.Increment(ref asking);

        public void Dispose() => Interlocked.Decrement(ref asking);
    }
}
