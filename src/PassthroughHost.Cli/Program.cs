using System.CommandLine;
using PassthroughInfra.Cli;
using PassthroughInfra.Cli.Verbs;

// Before anything writes: whoever shows things takes them as they are then.
var output = new SteadyWriter(Console.Out);
Console.SetOut(output);
Console.SetError(new SteadyWriter(Console.Error));

var root = new RootCommand(
    "Turns Ubuntu and Debian machines into KVM PCI-passthrough hosts: previewed, applied, verified, and reversible.\n"
    + "A stack (Pulumi.<stack>.yaml) says what a machine should be.\n\n"
    + "First steps: 'init' reads a machine and proposes its stack file; 'preview' shows what would be done, and changes nothing; 'up' shows it,\n"
    + "asks, and does it; 'destroy' takes it back. 'rehearse' shows all of that on a virtual host.\n"
    + "Exit codes: 0 done; 1 an error, or changes where none were expected; 130 stopped by Ctrl-C; a verb's help names any others.")
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
var code = await root.Parse(args).InvokeAsync(new InvocationConfiguration { ProcessTerminationTimeout = null, EnableDefaultExceptionHandler = false });
if (output.Failure is not { } failure || code != ExitCodes.Fine)
    return code;
Console.Error.WriteLine($"error: standard output could not be written: {failure.Message}");
return ExitCodes.Error;
