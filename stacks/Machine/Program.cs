using PassthroughInfra.Component;
using PassthroughInfra.Component.Spec;
using Pulumi;

// One machine, as Pulumi.<stack>.yaml describes it.
return await Deployment.RunAsync(() =>
{
    var host = new PassthroughHost("host", new PassthroughHostArgs { Machine = Machine() });
    return new Dictionary<string, object?>
    {
        ["ready"] = host.Ready,
        ["inSync"] = host.InSync,
    };
});

static MachineSpec Machine()
{
    try
    {
        return SpecReader.Read(new Config().Require(SpecReader.Root));
    }
    catch (SpecException e)
    {
        // The user's mistake, not the program's: no stack trace.
        throw new RunException(StackFilePlaces.Add(e, Deployment.Instance.ProjectName, Deployment.Instance.StackName, SpecReader.Root).Message);
    }
}
