using PassthroughInfra.Engine.Ssh;
using PassthroughInfra.Engine.Values;

namespace PassthroughInfra.Engine.Providers.Command;

/// <summary>What the resources on a host have in common.</summary>
internal static class RemoteInputs
{
    /// <summary>The inputs with the connection's defaults filled in.</summary>
    public static PropertyMap CheckConnection(PropertyMap inputs, List<CheckProblem> problems)
    {
        if (inputs.Get(CommandInputs.Connection) is null)
            problems.Add(new(CommandInputs.Connection, "it is required: at least its host"));
        return inputs.GetMap(CommandInputs.Connection) is { } connection
            ? inputs.With(CommandInputs.Connection, ConnectionInput.Check(connection, CommandInputs.Connection, problems))
            : inputs;
    }

    /// <summary>Custom timeouts bound the dialling alone; a script that runs is not cut off, as with pulumi-command.</summary>
    public static SshPatience Patience(ResourceContext context) => new(context.Timeout, context.Log.Status, context.Stopping);
}
