using System.CommandLine;

namespace PassthroughInfra.Cli.Verbs;

/// <summary><c>up</c>: brings the machine to what the stack says.</summary>
internal static class UpVerb
{
    public static Command Create() => ChangeVerb.Create(
        "up", "Bring the machine to what the stack says: shows it first, asks, then does it.",
        "Do this on stack '{stack}'?", own: o => [o.Refresh, o.ContinueOnError],
        (operations, options) => operations.PreviewAsync(options),
        (operations, options, message) => operations.UpAsync(options, message));
}
