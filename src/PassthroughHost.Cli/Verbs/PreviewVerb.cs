using System.CommandLine;

namespace PassthroughInfra.Cli.Verbs;

/// <summary><c>preview</c>: shows what <c>up</c> would do.</summary>
internal static class PreviewVerb
{
    public static Command Create()
    {
        var options = new OperationOptions();
        var command = new Command("preview", "Show what 'up' would do. Nothing is changed; the host is read.")
        {
            options.Diff, options.Json, options.ExpectNoChanges, options.Target, options.Refresh, options.Parallel, options.Plain,
        };
        command.SetAction(parsed => VerbContext.RunAsync(parsed, async context =>
        {
            using var stack = context.OpenStack();
            return options.ExitCode(parsed, await context.Operations(stack, options.Display(parsed, stack)).PreviewAsync(options.Read(parsed)));
        }));
        return command;
    }
}
