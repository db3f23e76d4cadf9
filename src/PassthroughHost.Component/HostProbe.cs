using PassthroughInfra.Component.Concerns;
using PassthroughInfra.Component.Facts;
using PassthroughInfra.Component.Planning;
using PassthroughInfra.Component.Probe;
using PassthroughInfra.Component.Spec;
using Pulumi;
using Pulumi.Command.Local;

namespace PassthroughInfra.Component;

/// <summary>
/// Reads a host over one SSH session at every preview and update. It is an invoke (<c>command:local:run</c>), because a
/// <c>command:remote:Command</c> is not run at preview and has no read.
/// </summary>
internal static class HostProbe
{
    /// <summary>Reads the host.</summary>
    /// <param name="endpoint">The host.</param>
    /// <param name="proxy">The bastion, if there is one.</param>
    /// <param name="spec">Says which packages and files are of interest.</param>
    /// <param name="options">Options of the invoke.</param>
    public static Output<Reading> Read(Endpoint endpoint, Endpoint? proxy, MachineSpec spec, InvokeOptions options) =>
        Ask(endpoint, proxy, ProbeRequest.Command, HostReader.Request(spec).Input, options).Apply(Understand);

    /// <summary>
    /// Brings this release's scripts, those of all concerns, to the host, at an update and where others are there. Like the reading it is an invoke: as a resource it would be one
    /// whose text every release changes, and so a change in every preview after one.
    /// </summary>
    /// <param name="endpoint">The host.</param>
    /// <param name="proxy">The bastion, if there is one.</param>
    /// <param name="spec">Says who logs in.</param>
    /// <param name="options">Options of the invoke.</param>
    /// <returns>Why they could not be brought; empty where they are there.</returns>
    public static Output<string> Bring(Endpoint endpoint, Endpoint? proxy, MachineSpec spec, InvokeOptions options) =>
        Ask(endpoint, proxy, Shell.OfRoot(spec.Connection.User), HostScript.Bring(ConcernList.Scripts), options)
            .Apply(Failure);

    /// <summary>Waits on the host until libvirt answers, at an update: it plans from what libvirt has.</summary>
    /// <param name="endpoint">The host.</param>
    /// <param name="proxy">The bastion, if there is one.</param>
    /// <param name="spec">Says who logs in.</param>
    /// <param name="options">Options of the invoke.</param>
    /// <returns>What came of it; empty where it answers.</returns>
    public static Output<string> AwaitLibvirt(Endpoint endpoint, Endpoint? proxy, MachineSpec spec, InvokeOptions options) =>
        Ask(endpoint, proxy, Shell.OfRoot(spec.Connection.User), EmbeddedScript.Text("await-libvirt.sh"), options).Apply(Failure);

    private static Output<string> Ask(Endpoint endpoint, Endpoint? proxy, string command, string input, InvokeOptions options)
    {
        var run = Run.Invoke(
            new RunInvokeArgs
            {
                Command = EmbeddedScript.Text("connect.sh"),
                Stdin = input,
                Logging = Logging.None,
                AddPreviousOutputInEnv = false,
                Environment = Variables(endpoint, proxy, command),
            },
            options);

        // The key makes the whole result a secret; what the host looks like is none.
        return Output.Unsecret(run).Apply(result => result.Stdout);
    }

    private static string Failure(string answer)
    {
        try
        {
            return Reading.Ending(answer) is var ending && ending.Code != "0" ? ending.Said : "";
        }
        catch (ProbeException e)
        {
            return e.Message;
        }
    }

    // What is no reading is told like a host that cannot be read: a preview plans from the spec alone, an update stops.
    private static Reading Understand(string output)
    {
        try
        {
            return Reading.Understand(output);
        }
        catch (ProbeException e)
        {
            return new(null, e.Message);
        }
    }

    private static InputMap<string> Variables(Endpoint endpoint, Endpoint? proxy, string command)
    {
        var variables = new InputMap<string> { ["PH_COMMAND"] = command };
        Add(variables, "PH_", endpoint);
        if (proxy is not null)
        {
            Add(variables, "PH_PROXY_", proxy);
        }

        return variables;
    }

    private static void Add(InputMap<string> variables, string prefix, Endpoint endpoint)
    {
        foreach (var (name, value) in ProbeRequest.Variables(prefix, endpoint.ToLogin(), text => text))
        {
            variables.Add(name, value);
        }
    }
}
