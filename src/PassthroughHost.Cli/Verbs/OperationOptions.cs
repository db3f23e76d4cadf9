using System.CommandLine;
using PassthroughInfra.Cli.Display;
using PassthroughInfra.Engine.Deployments;
using PassthroughInfra.Engine.Events;
using PassthroughInfra.Engine.Workspaces;
using Spectre.Console;

namespace PassthroughInfra.Cli.Verbs;

/// <summary>The options that preview, up, refresh and destroy have in common.</summary>
internal sealed class OperationOptions
{
    public Option<bool> Diff { get; } = new("--diff") { Description = "Show every property that is new or differs, not only which resources change." };

    public Option<bool> Json { get; } = new("--json", "-j") { Description = "Write one JSON document in the shape of 'pulumi preview --json' to standard output, and nothing else there." };

    public Option<bool> ExpectNoChanges { get; } = new("--expect-no-changes") { Description = "End with an error (exit code 7) if anything changes (or would)." };

    public Option<string[]> Target { get; } = new("--target", "-t") { Description = "Work on this resource (URN) only; may be repeated; '*' matches within a part, '**' across parts." };

    public Option<bool> TargetDependents { get; } = new("--target-dependents") { Description = "Take back what uses the targets too; otherwise that is an error." };

    public Option<bool> Refresh { get; } = new("--refresh", "-r") { Description = "Read the live state of every resource first." };

    public Option<bool> ClearPendingCreates { get; } = new("--clear-pending-creates")
    {
        Description = "Forget the creations that an earlier run was cut off in: you have looked what became of them.",
    };

    public Option<int?> Parallel { get; } = new("--parallel", "-p") { Description = "How many operations run at once. Default: four for each processor." };

    public Option<bool> ContinueOnError { get; } = new("--continue-on-error") { Description = "Where one operation fails, go on with what does not depend on it; the run fails all the same." };

    public Option<string> Message { get; } = new("--message", "-m") { Description = "A note that is kept with this operation in the stack's history.", DefaultValueFactory = _ => "" };

    public Option<bool> Yes { get; } = new("--yes", "-y")
    {
        Description = "Do it without asking; PULUMI_SKIP_CONFIRMATIONS=true says so too, as it does to the pulumi CLI.",
        DefaultValueFactory = _ => Environment.GetEnvironmentVariable("PULUMI_SKIP_CONFIRMATIONS")?.ToUpperInvariant() is "TRUE" or "1",
    };

    public Option<bool> SkipPreview { get; } = new("--skip-preview", "-f") { Description = "Do it without showing first what will be done." };

    public Option<bool> PreviewOnly { get; } = new("--preview-only") { Description = "Show what would be done, and end." };

    public Option<bool> Plain { get; } = new("--plain") { Description = "Write plain lines, as to a pipe or a log, instead of a tree that changes while it runs." };

    /// <summary>How the operation is to be carried out.</summary>
    public DeploymentOptions Read(ParseResult parsed)
    {
        var options = new DeploymentOptions
        {
            Refresh = parsed.GetValue(Refresh),
            Targets = [.. parsed.GetValue(Target) ?? []],
            TargetDependents = parsed.GetValue(TargetDependents),
            ContinueOnError = parsed.GetValue(ContinueOnError),
            ClearPendingCreates = parsed.GetValue(ClearPendingCreates),
        };
        return parsed.GetValue(Parallel) switch
        {
            null => options,
            >= 1 and var parallel => options with { Parallel = parallel },
            var other => throw new Engine.EngineException($"--parallel {other}: how many operations run at once is a number from 1 on."),
        };
    }

    /// <summary>Who shows it: JSON or lines where asked for or where nobody looks at a terminal, else the tree.</summary>
    public IDisplay Display(ParseResult parsed, Stack stack)
    {
        var (output, errors) = (ConsoleWriter.StandardOutput.Masked(stack.Secrets.Mask.Apply), ConsoleWriter.StandardError.Masked(stack.Secrets.Mask.Apply));
        if (parsed.GetValue(Json))
            return new JsonDisplay(output, errors);
        var tree = ConsoleWriter.IsTerminal && !parsed.GetValue(Plain) && !parsed.GetValue(Diff);
        return tree ? new TreeDisplay(AnsiConsole.Console, output) : new PlainDisplay(output, parsed.GetValue(Diff));
    }

    /// <summary>What the outcome means for the exit code.</summary>
    public int ExitCode(ParseResult parsed, DeploymentOutcome outcome)
    {
        if (outcome.Result != OperationResult.Succeeded)
            return ExitCodes.Error;
        if (!parsed.GetValue(ExpectNoChanges) || !outcome.HasChanges)
            return ExitCodes.Fine;
        ConsoleWriter.StandardError.Line(ConsoleWriter.StandardError.In(ConsoleStyle.Bad, "error: ") + "no changes were expected, but there are some.");
        return ExitCodes.UnexpectedChanges;
    }
}
