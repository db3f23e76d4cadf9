using System.CommandLine;

namespace PassthroughInfra.Cli.Verbs;

/// <summary><c>rehearse</c>: the whole life of a host, on the virtual one.</summary>
internal static class RehearseVerb
{
    public static Command Create()
    {
        var keep = new Option<bool>("--keep") { Description = "Leave the virtual host up afterwards." };
        var command = new Command(
            "rehearse",
            "Boot the virtual host and go through it all on stack 'lab': preview, up with a reboot, drift, healing, destroy. Exits with 1 at the first thing that is not as it should be.")
        {
            keep,
        };
        command.SetAction(parsed => VerbContext.RunAsync(parsed, context =>
            new Rehearsal.Rehearsal(context.Workspace.Project.Directory, parsed.GetValue(keep), context.Interrupts.Stopping).RunAsync()));
        return command;
    }
}
