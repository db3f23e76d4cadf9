using PassthroughInfra.Component;
using PassthroughInfra.Component.Spec;
using Pulumi;

namespace PassthroughInfra.Provider;

/// <summary>What a <see cref="Host"/> is made from, in any of Pulumi's languages.</summary>
public sealed class HostArgs : ResourceArgs
{
    /// <summary>The machine as JSON: the same keys as <c>passthrough-infra:machine</c> of a stack file (docs/reference.md).</summary>
    [Input("machine", required: true)]
    public string Machine { get; set; } = null!;

    /// <summary>The private key for SSH; default: the machine's, else the SSH agent.</summary>
    [Input("privateKey")]
    public Input<string>? PrivateKey { get; set; }
}

/// <summary>
/// <see cref="PassthroughHost"/> for stacks in other languages: the machine comes as JSON, because the schema of a component provider knows no union of
/// texts and lists, which the machine has.
/// </summary>
/// <remarks>
/// What is a list or a map is an output of any type: Pulumi makes the schema from this class and knows no immutable collection there, while its SDK lets an
/// output be of no other. Source: Pulumi's .NET SDK, ComponentAnalyzer and OutputCompletionSource.
/// </remarks>
public sealed class Host : ComponentResource
{
    /// <summary>Declares a host.</summary>
    /// <exception cref="RunException">The machine is not as it must be, or as for <see cref="PassthroughHost"/>.</exception>
    public Host(string name, HostArgs args, ComponentResourceOptions? options = null)
        : base("passthrough-infra:index:Host", name, options)
    {
        MachineSpec machine;
        try
        {
            machine = SpecReader.Read(args.Machine);
        }
        catch (SpecException e)
        {
            throw new RunException(e.Message);
        }

        var host = new PassthroughHost(name, new PassthroughHostArgs { Machine = machine, PrivateKey = args.PrivateKey }, new ComponentResourceOptions { Parent = this });
        Ready = host.Ready;
        InSync = host.InSync;
        Drift = host.Drift.Apply(object (d) => d);
        Devices = host.Devices.Apply(object (d) => d);
        RegisterOutputs(new Dictionary<string, object?> { ["ready"] = Ready, ["inSync"] = InSync, ["drift"] = Drift, ["devices"] = Devices });
    }

    /// <summary>As <see cref="PassthroughHost.Ready"/>.</summary>
    [Output("ready")]
    public Output<bool> Ready { get; private set; }

    /// <summary>As <see cref="PassthroughHost.InSync"/>.</summary>
    [Output("inSync")]
    public Output<bool> InSync { get; private set; }

    /// <summary>As <see cref="PassthroughHost.Drift"/>: a list of texts.</summary>
    [Output("drift")]
    public Output<object> Drift { get; private set; }

    /// <summary>As <see cref="PassthroughHost.Devices"/>: a map of texts.</summary>
    [Output("devices")]
    public Output<object> Devices { get; private set; }
}
