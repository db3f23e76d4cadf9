using System.CommandLine;
using PassthroughInfra.Cli.Display;

namespace PassthroughInfra.Cli.Verbs;

/// <summary><c>cancel</c>: removes the locks of a stack.</summary>
internal static class CancelVerb
{
    public static Command Create()
    {
        var yes = new OperationOptions().Yes;
        var command = new Command("cancel", "Remove the lock of a run that cannot be going on any more. A run that is still going on is not ended by this.") { yes };
        command.SetAction(parsed => VerbContext.RunAsync(parsed, context =>
        {
            using var stack = context.OpenStack();
            if (!parsed.GetValue(yes) && !(Questions.CanAsk && Questions.Confirm($"Remove the locks of stack '{stack.Name}'?")))
                throw new Engine.EngineException("Nothing was removed: say yes, or use --yes.");
            var broken = stack.Cancel();
            foreach (var holder in broken)
                ConsoleWriter.StandardOutput.Line($"Removed the lock of {holder}.");
            if (broken.Count == 0)
                ConsoleWriter.StandardOutput.Line($"Stack '{stack.Name}' has no lock.");
            return Task.FromResult(ExitCodes.Fine);
        }));
        return command;
    }
}
