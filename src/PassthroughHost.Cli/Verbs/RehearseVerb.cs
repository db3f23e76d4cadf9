using System.CommandLine;
using System.Net;
using PassthroughInfra.Cli.Rehearsal;
using PassthroughInfra.Engine;
using PassthroughInfra.Engine.Projects;

namespace PassthroughInfra.Cli.Verbs;

/// <summary><c>rehearse</c>: the whole life of a host, on the virtual one.</summary>
internal static class RehearseVerb
{
    public static Command Create()
    {
        var keep = new Option<bool>("--keep") { Description = "Leave the virtual host up afterwards." };
        var record = new Option<bool>("--record") { Description = "Write how it ends, and the versions of what the host is made of, into docs/rehearsals.md." };
        var engine = new Option<string>("--engine")
        {
            Description = "embedded, or pulumi: the CLI on the PATH, with its plugins as it finds them and a state of its own.",
            DefaultValueFactory = _ => "embedded",
        };
        engine.AcceptOnlyFromAmong("embedded", "pulumi");
        var address = new Option<string>("--ssh-address")
        {
            Description = "With --engine pulumi: the loopback address whose port 22 leads to the virtual host meanwhile, because Pulumi's libvirt provider reaches no other port. Needs the right to listen on that port.",
            DefaultValueFactory = _ => "127.0.0.2",
        };
        var names = LabVariants.Names();
        var on = new Option<string?>("--on") { Description = $"On a virtual host of another kind (see './passthrough lab --help'): {string.Join(", ", names)}." };
        on.AcceptOnlyFromAmong([.. names]);
        var command = new Command(
            "rehearse",
            "Boot the virtual host and go through it all on stack 'lab': preview, up with a reboot, drift, healing, destroy. Exits with 1 at the first thing that is not as it should be. "
            + "However it ends, by Ctrl-C and SIGTERM too, the virtual host is down afterwards.")
        {
            on, keep, record, engine, address,
        };
        command.SetAction(parsed => VerbContext.RunAsync(parsed, async context =>
        {
            // The backend that the user is logged in to is not looked at: a rehearsal has one of its own.
            var root = Project.Find(parsed.GetValue(GlobalOptions.Directory)!).Directory;
            using var pulumi = parsed.GetValue(engine) == "pulumi" ? new PulumiRehearsal(root, Loopback(parsed.GetValue(address)!)) : null;
            return await new Rehearsal.Rehearsal(root, pulumi is null ? new EmbeddedRehearsal(root) : pulumi, parsed.GetValue(on), parsed.GetValue(keep), parsed.GetValue(record), context.Interrupts.Stopping).RunAsync();
        }));
        return command;
    }

    private static IPAddress Loopback(string text) => IPAddress.TryParse(text, out var address) && IPAddress.IsLoopback(address) && !address.Equals(IPAddress.Loopback)
        ? address
        : throw new EngineException($"--ssh-address: {text} is no loopback address other than 127.0.0.1, such as 127.0.0.2.");
}
