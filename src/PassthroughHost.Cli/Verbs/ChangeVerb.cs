using System.CommandLine;
using PassthroughInfra.Cli.Display;
using PassthroughInfra.Engine.Deployments;
using PassthroughInfra.Engine.Events;
using PassthroughInfra.Engine.Workspaces;

namespace PassthroughInfra.Cli.Verbs;

/// <summary>What up, refresh and destroy have in common: the preview first, a question, then the deed.</summary>
internal static class ChangeVerb
{
    /// <param name="preview">Shows what would be done.</param>
    /// <param name="own">The options that not all of the three have.</param>
    /// <param name="perform">Does it.</param>
    /// <param name="question">What is asked in between.</param>
    public static Command Create(
        string name, string description, string question, Func<OperationOptions, IEnumerable<Option>> own,
        Func<StackOperations, DeploymentOptions, Task<DeploymentOutcome>> preview,
        Func<StackOperations, DeploymentOptions, string, Task<DeploymentOutcome>> perform)
    {
        var options = new OperationOptions();
        var command = new Command(name, description)
        {
            options.Yes, options.SkipPreview, options.PreviewOnly, options.Diff, options.Json, options.ExpectNoChanges, options.Target, options.Parallel, options.Message,
            options.Plain,
        };
        foreach (var option in own(options))
            command.Options.Add(option);
        command.SetAction(parsed => VerbContext.RunAsync(parsed, context => RunAsync(context, parsed, options, question, preview, perform)));
        return command;
    }

    private static async Task<int> RunAsync(
        VerbContext context, ParseResult parsed, OperationOptions options, string question,
        Func<StackOperations, DeploymentOptions, Task<DeploymentOutcome>> preview,
        Func<StackOperations, DeploymentOptions, string, Task<DeploymentOutcome>> perform)
    {
        var (yes, json, previewOnly) = (parsed.GetValue(options.Yes), parsed.GetValue(options.Json), parsed.GetValue(options.PreviewOnly));
        var ask = !yes && !previewOnly;
        if (ask && (json || !Questions.CanAsk))
        {
            ConsoleWriter.StandardError.Line(ConsoleWriter.StandardError.In(ConsoleStyle.Bad, "error: ") + "there is nobody to ask (this is no terminal); use --yes to go on without a question, or --preview-only.");
            return ExitCodes.Error;
        }
        using var stack = context.OpenStack();
        var planned = new PlannedSteps();
        var operations = context.Operations(stack, options.Display(parsed, stack), planned);
        var how = options.Read(parsed);
        if (previewOnly || (!parsed.GetValue(options.SkipPreview) && !json))
        {
            var shown = await preview(operations, how);
            if (previewOnly || shown.Result != OperationResult.Succeeded)
                return options.ExitCode(parsed, shown);
            ConsoleWriter.StandardOutput.Line();
        }
        if (ask && !Questions.Confirm(question.Replace("{stack}", stack.Name, StringComparison.Ordinal), () => planned.Tell(ConsoleWriter.StandardOutput.Masked(stack.Secrets.Mask.Apply))))
        {
            ConsoleWriter.StandardOutput.Line("Nothing was changed.");
            return ExitCodes.Error;
        }
        return options.ExitCode(parsed, await perform(operations, how, parsed.GetValue(options.Message)!));
    }
}
