using System.CommandLine;

namespace PassthroughInfra.Cli;

/// <summary>What the program's exit says: for the verbs that the pulumi CLI has, what its exit codes say.</summary>
internal static class ExitCodes
{
    public const int Fine = 0;

    public const int Error = 1;

    /// <summary>The work was done, and its answer is no: a machine that is not fit (doctor), a host that has drifted (drift).</summary>
    public const int No = 2;

    /// <summary>The command line is wrong; for the CLI's verbs, in which nothing else means it.</summary>
    public const int Usage = 2;

    /// <summary>There is no such stack.</summary>
    public const int NoSuchStack = 6;

    /// <summary>Something changes (or would), and <c>--expect-no-changes</c> was said.</summary>
    public const int UnexpectedChanges = 7;

    // The verbs that the CLI has not; theirs are in their help.
    private static readonly string[] OwnVerbs = ["doctor", "init", "drift", "rehearse", "lab"];

    /// <summary>Whether the CLI has the verb of a command line too.</summary>
    public static bool IsOfTheCli(ParseResult parsed) => !OwnVerbs.Contains(parsed.CommandResult.Command.Name);

    /// <summary>Stopped by Ctrl-C: an error with the CLI; for our own verbs as a shell says it (128 + SIGINT).</summary>
    public static int Stopped(ParseResult parsed) => IsOfTheCli(parsed) ? Error : 130;
}
