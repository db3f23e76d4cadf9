using System.CommandLine;

namespace PassthroughInfra.Cli.Verbs;

/// <summary><c>destroy</c>: takes everything of the stack back.</summary>
internal static class DestroyVerb
{
    public static Command Create() => ChangeVerb.Create(
        "destroy", "Take back everything the stack has done: shows it first, asks, then does it. The stack and its configuration stay.",
        "Take all of this back on stack '{stack}'?", own: o => [o.Refresh, o.ContinueOnError, o.TargetDependents],
        (operations, options) => operations.PreviewDestroyAsync(options),
        (operations, options, message) => operations.DestroyAsync(options, message));
}
