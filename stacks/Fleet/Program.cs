using PassthroughInfra.Component;
using PassthroughInfra.Component.Spec;
using PassthroughInfra.Stacks.Fleet;
using Pulumi;

// Many machines, as passthrough-infra:fleet of Pulumi.<stack>.yaml describes them. They are read and set up side by side; one that fails, fails alone.
var table = new FleetTable();
var code = await Deployment.RunAsync(() =>
{
    var outputs = new Dictionary<string, object?>();
    foreach (var (name, machine) in Machines())
    {
        var host = new PassthroughHost(name, new PassthroughHostArgs { Machine = machine, IsolateFailure = true });
        table.Watch(name, host, Deployment.Instance.IsDryRun);
        // None of these depends on the host's commands: the others' outputs are kept where one fails.
        outputs[name] = Output.Tuple(host.InSync, host.Drift, host.Refusal).Apply(o => new Dictionary<string, object>
        {
            ["inSync"] = o.Item1,
            ["drift"] = o.Item2,
            ["refused"] = o.Item3,
        });
    }

    return outputs;
});
foreach (var line in table.Lines())
{
    Console.WriteLine(line);
}

return code;

static IReadOnlyList<KeyValuePair<string, MachineSpec>> Machines()
{
    try
    {
        return FleetReader.Read(new Config("passthrough-infra").Require(FleetReader.Root));
    }
    catch (SpecException e)
    {
        // The user's mistake, not the program's: no stack trace.
        throw new RunException(StackFilePlaces.Add(e, "passthrough-infra", Deployment.Instance.StackName, FleetReader.Root).Message);
    }
}
