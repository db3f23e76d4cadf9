using System.CommandLine;
using PassthroughInfra.Cli.Display;
using PassthroughInfra.Cli.Drift;
using PassthroughInfra.Engine;

namespace PassthroughInfra.Cli.Verbs;

/// <summary><c>drift</c>: whether hosts are still as their stacks say, for cron and CI.</summary>
internal static class DriftVerb
{
    public static Command Create()
    {
        var all = new Option<bool>("--all") { Description = "Every stack that has a stack file." };
        var json = new Option<bool>("--json", "-j") { Description = "Write one JSON document to standard output instead of text." };
        var quiet = new Option<bool>("--quiet", "-q") { Description = "Write nothing where the exit code is 0." };
        var strict = new Option<bool>("--strict") { Description = "Exit with 2 too if a stack file was changed and not applied, or never applied, or if a host has changed by itself." };
        var timeout = new Option<int>("--timeout") { Description = "How many seconds a host may take to be read.", DefaultValueFactory = _ => 120 };
        var command = new Command(
            "drift",
            "Read the hosts of one stack or all, change nothing, and say whether they are still as their stack files say. No lock is taken.\n"
            + "A host that was changed (drift) is told from a stack file that was changed and not applied.\n"
            + "Exit codes: 0 no drift, 2 drift, 1 a host could not be read or a stack has errors.")
        {
            all, json, quiet, strict, timeout,
        };
        command.SetAction(parsed => VerbContext.RunAsync(parsed, async context =>
        {
            var named = parsed.GetValue(GlobalOptions.Stack);
            if (named is not null && parsed.GetValue(all))
                throw new EngineException("--stack and --all exclude each other.");
            var seconds = parsed.GetValue(timeout);
            if (seconds < 1)
                throw new EngineException($"--timeout: {seconds} is no number of seconds.");
            IEnumerable<string> stacks = parsed.GetValue(all) ? context.Workspace.Project.StacksWithFiles() : [context.StackName];
            var answers = await new DriftReader(context, TimeSpan.FromSeconds(seconds)).ReadAsync(stacks);
            var code = ExitCode(answers, parsed.GetValue(all), parsed.GetValue(strict));
            if (parsed.GetValue(json))
                ConsoleWriter.StandardOutput.Line(DriftJson.Write(answers));
            else if (code != ExitCodes.Fine || !parsed.GetValue(quiet))
                DriftText.Show(answers, ConsoleWriter.StandardOutput);
            return code;
        }));
        return command;
    }

    /// <summary>What the answers come to: an error before drift, drift before none.</summary>
    /// <param name="all">Whether all stacks were asked for: then one that cannot be measured is no error.</param>
    /// <param name="strict">Whether changes that were not applied count as drift.</param>
    internal static int ExitCode(IReadOnlyList<StackDrift> answers, bool all, bool strict)
    {
        bool Any(params DriftStatus[] statuses) => answers.Any(a => statuses.Contains(a.Status));
        return Any(DriftStatus.Error) || (!all && Any(DriftStatus.NotMeasured)) ? ExitCodes.Error
            : Any(DriftStatus.Drift) || (strict && Any(DriftStatus.HostChanged, DriftStatus.ChangePending, DriftStatus.NotApplied)) ? ExitCodes.No
            : ExitCodes.Fine;
    }
}
