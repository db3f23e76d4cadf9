using System.CommandLine;
using PassthroughInfra.Cli;
using PassthroughInfra.Cli.Verbs;

// Before anything writes: whoever shows things takes them as they are then.
var output = new BestEffortWriter(Console.Out);
Console.SetOut(output);
Console.SetError(new BestEffortWriter(Console.Error));

var root = new RootCommand(
    "Turns Ubuntu and Debian machines into KVM PCI-passthrough hosts: previewed, applied, verified, and reversible.\n"
    + "A stack (Pulumi.<stack>.yaml) says what a machine should be.\n\n"
    + "First steps: 'init' reads a machine and proposes its stack file; 'preview' shows what would be done, and changes nothing; 'up' shows it,\n"
    + "asks, and does it; 'destroy' takes it back. 'rehearse' shows all of that on a virtual host.\n"
    + "Exit codes, as the pulumi CLI's: 0 done; 1 an error, or stopped by Ctrl-C; 2 a wrong command line; 6 no such stack; 7 changes where none were\n"
    + "expected. The verbs that it has not (doctor, init, drift, rehearse): 1 an error, 130 stopped by Ctrl-C; their help names any others.")
{
    DoctorVerb.Create(),
    InitVerb.Create(),
    DriftVerb.Create(),
    PreviewVerb.Create(),
    UpVerb.Create(),
    DestroyVerb.Create(),
    RefreshVerb.Create(),
    CancelVerb.Create(),
    StackVerb.Create(),
    ConfigVerb.Create(),
    RehearseVerb.Create(),
    LauncherVerbs.Lab(),
};
root.Options.Add(GlobalOptions.Stack);
root.Options.Add(GlobalOptions.Directory);
// The verbs take Ctrl-C themselves: the first finishes what is running, the second ends everything.
var parsed = root.Parse(args);
var code = await parsed.InvokeAsync(new InvocationConfiguration { ProcessTerminationTimeout = null, EnableDefaultExceptionHandler = false });
if (parsed.Errors.Count > 0 && code == ExitCodes.Error && ExitCodes.IsOfTheCli(parsed))
    return ExitCodes.Usage;
if (output.Failure is not { } failure || code != ExitCodes.Fine)
    return code;
Console.Error.WriteLine($"error: standard output could not be written: {failure.Message}");
return ExitCodes.Error;
