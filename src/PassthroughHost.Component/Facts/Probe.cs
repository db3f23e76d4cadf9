using PassthroughInfra.Component.Connection;
using PassthroughInfra.Component.Planning;
using PassthroughInfra.Component.Spec;
using Pulumi;
using Pulumi.Command.Local;

namespace PassthroughInfra.Component.Facts;

/// <summary>What one attempt to read a host came to.</summary>
/// <param name="Facts">The facts; null where the host could not be read.</param>
/// <param name="Failure">Why not: what ssh said.</param>
internal sealed record Reading(HostFacts? Facts, string Failure);

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
                Stdin = HostScript.Resource("probe.sh"),
                Logging = Logging.None,
                AddPreviousOutputInEnv = false,
                Environment = Variables(endpoint, proxy, spec),
            },
            options);

        // The key makes the whole result a secret; what the host looks like is none.
        return Output.Unsecret(run).Apply(result => Understand(result.Stdout));
    }

    internal static Reading Understand(string output)
    {
        // connect.sh ends with a line of its own: the exit code of ssh and what it said.
        const string mark = "\nssh\t";
        var at = ("\n" + output).LastIndexOf(mark, StringComparison.Ordinal);
        var ending = at < 0 ? [] : output[(at + mark.Length - 1)..].Split('\t');
        if (ending is not [var code, var said])
        {
            throw new ProbeException("ssh could not be run on this machine: is the OpenSSH client installed?");
        }

        var message = System.Text.Encoding.UTF8.GetString(Convert.FromBase64String(said.Trim())).Trim();
        return code.Trim() == "0" ? new(ProbeParser.Parse(output[..at]), "") : new(null, message.Length > 0 ? message : $"ssh exited with {code}");
    }

    private static InputMap<string> Variables(Endpoint endpoint, Endpoint? proxy, MachineSpec spec)
    {
        var arguments = ConcernList.Wanted(spec).SelectMany(c => c.Packages(spec)).Distinct().Order(StringComparer.Ordinal)
            .Append("--")
            .Concat(ConcernList.Wanted(spec).SelectMany(c => c.Paths(spec)).Distinct());
        var variables = new InputMap<string>
        {
            ["PH_COMMAND"] = $"{(endpoint.Spec.User == "root" ? "" : "sudo -n ")}sh -s -- \"$SSH_CONNECTION\" {string.Join(' ', arguments.Select(Shell.Quote))}",
        };
        Add(variables, "PH_", endpoint);
        if (proxy is not null)
        {
            Add(variables, "PH_PROXY_", proxy);
        }

        return variables;
    }

    private static void Add(InputMap<string> variables, string prefix, Endpoint endpoint)
    {
        variables.Add(prefix + "HOST", endpoint.Host);
        variables.Add(prefix + "PORT", $"{endpoint.Spec.Port}");
        variables.Add(prefix + "USER", endpoint.Spec.User);
        variables.Add(prefix + "HOST_KEY", endpoint.HostKey ?? "");
        if (endpoint.PrivateKey is not null)
        {
            variables.Add(prefix + "KEY", endpoint.PrivateKey);
        }

        if (endpoint.Spec.PrivateKeyPassword is { } passphrase)
        {
            variables.Add(prefix + "KEY_PASSWORD", Output.CreateSecret(passphrase));
        }

        if (endpoint.Spec.Password is { } password)
        {
            variables.Add(prefix + "PASSWORD", Output.CreateSecret(password));
        }
    }
}
