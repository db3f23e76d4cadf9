using System.CommandLine;

namespace PassthroughInfra.Cli.Verbs;

/// <summary><c>refresh</c>: takes the live state over into the stack's state.</summary>
internal static class RefreshVerb
{
    public static Command Create() => ChangeVerb.Create(
        "refresh", "Read what is really there, and take it over into the stack's state. The machine is not changed.",
        "Take this over into the state of stack '{stack}'?", own: o => [o.ClearPendingCreates],
        (operations, options) => operations.PreviewRefreshAsync(options),
        (operations, options, message) => operations.RefreshAsync(options, message));
}
