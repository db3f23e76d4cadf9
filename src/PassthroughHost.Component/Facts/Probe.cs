using PassthroughInfra.Component.Connection;
using PassthroughInfra.Component.Planning;
using PassthroughInfra.Component.Spec;
using Pulumi;
using Pulumi.Command.Local;

namespace PassthroughInfra.Component.Facts;

/// <summary>
/// Reads a host over one SSH session at every preview and update. It is an invoke (<c>command:local:run</c>), because a
/// <c>command:remote:Command</c> is not run at preview and has no read.
/// </summary>
internal static class Probe
{
    /// <summary>Reads the host.</summary>
    /// <param name="endpoint">The host.</param>
    /// <param name="proxy">The bastion, if there is one.</param>
    /// <param name="spec">Says which packages and files are of interest.</param>
    /// <param name="options">Options of the invoke.</param>
    public static Output<Reading> Read(Endpoint endpoint, Endpoint? proxy, MachineSpec spec, InvokeOptions options)
    {
        var run = Run.Invoke(
            new RunInvokeArgs
            {
                Command = HostScript.Resource("connect.sh"),
                Stdin = ProbeRequest.Input(spec),
                Logging = Logging.None,
                AddPreviousOutputInEnv = false,
                Environment = Variables(endpoint, proxy),
            },
            options);

        // The key makes the whole result a secret; what the host looks like is none.
        return Output.Unsecret(run).Apply(result => Understand(result.Stdout));
    }

    // What is no reading is told like a host that cannot be read: a preview plans from the spec alone, an update stops.
    private static Reading Understand(string output)
    {
        try
        {
            return ProbeRequest.Understand(output);
        }
        catch (ProbeException e)
        {
            return new(null, e.Message);
        }
    }

    private static InputMap<string> Variables(Endpoint endpoint, Endpoint? proxy)
    {
        var variables = new InputMap<string> { ["PH_COMMAND"] = ProbeRequest.Command };
        Add(variables, "PH_", endpoint);
        if (proxy is not null)
        {
            Add(variables, "PH_PROXY_", proxy);
        }

        return variables;
    }

    private static void Add(InputMap<string> variables, string prefix, Endpoint endpoint)
    {
        foreach (var (name, value) in ProbeRequest.Variables<Input<string>>(
            prefix, endpoint.Spec, endpoint.Host, endpoint.HostKey, endpoint.PrivateKey, text => text, text => Output.CreateSecret(text)))
        {
            variables.Add(name, value);
        }
    }
}
