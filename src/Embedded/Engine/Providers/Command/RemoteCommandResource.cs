using System.Collections.Frozen;
using System.Collections.Immutable;
using PassthroughInfra.Engine.Ssh;
using PassthroughInfra.Engine.Values;

namespace PassthroughInfra.Engine.Providers.Command;

/// <summary><c>command:remote:Command</c>: a script on a host for each of create, update and delete.</summary>
internal sealed class RemoteCommandResource(SshConnections ssh) : ICommandResource
{
    // Linux takes no longer string in an environment (MAX_ARG_STRLEN, execve(2)).
    private const int LongestVariable = 128 * 1024;

    private static readonly FrozenDictionary<string, FieldType> Fields = new Dictionary<string, FieldType>
    {
        [CommandInputs.Connection] = FieldType.Map,
        ["create"] = FieldType.Text,
        ["update"] = FieldType.Text,
        ["delete"] = FieldType.Text,
        ["stdin"] = FieldType.Text,
        [CommandInputs.Environment] = FieldType.TextMap,
        [CommandInputs.Logging] = FieldType.Text,
        [CommandInputs.AddPreviousOutputInEnv] = FieldType.Flag,
        ["triggers"] = FieldType.List,
    }.ToFrozenDictionary();

    public PropertyMap Check(PropertyMap inputs, List<CheckProblem> problems)
    {
        CommandInputs.CheckShape(inputs, Fields, problems);
        return RemoteInputs.CheckConnection(inputs, problems);
    }

    public async Task<PropertyMap> CreateAsync(CreateRequest request, CancellationToken cancellation)
    {
        if (request.Context.IsPreview)
            return CommandInputs.WithUnknownOutput(request.Inputs);
        return await RunAsync(request.Inputs, request.Inputs.GetString("create"), null, request.Context, cancellation).ConfigureAwait(false);
    }

    public async Task<PropertyMap> UpdateAsync(UpdateRequest request, CancellationToken cancellation)
    {
        var inputs = request.NewInputs;
        if (request.Context.IsPreview)
            return CommandInputs.WithUnknownOutput(inputs);
        return await RunAsync(inputs, inputs.GetString("update") ?? inputs.GetString("create"), request.OldOutputs, request.Context, cancellation).ConfigureAwait(false);
    }

    public async Task DeleteAsync(DeleteRequest request, CancellationToken cancellation)
    {
        if (request.Inputs.GetString("delete") is { } script)
            await RunAsync(request.Inputs, script, request.Outputs, request.Context, cancellation).ConfigureAwait(false);
    }

    private async Task<PropertyMap> RunAsync(PropertyMap inputs, string? script, PropertyMap? previous, ResourceContext context, CancellationToken kill)
    {
        if (script is null)
            return CommandInputs.WithOutput(inputs, previous?.GetString(CommandInputs.Stdout) ?? "", previous?.GetString(CommandInputs.Stderr) ?? "");
        var target = ConnectionInput.Target(inputs.GetMap(CommandInputs.Connection) ?? PropertyMap.Empty);
        var patience = RemoteInputs.Patience(context);
        try
        {
            var command = new SshCommand(script)
            {
                Stdin = inputs.GetString("stdin"),
                Environment = await VariablesAsync(inputs, previous, target, patience, context.Log, kill).ConfigureAwait(false),
                OnLine = CommandInputs.LineLog(inputs, context.Log),
            };
            var outcome = await ssh.RunAsync(target, command, patience, kill).ConfigureAwait(false);
            CommandInputs.RequireShortLines(inputs, outcome.LongestLines);
            return outcome.ExitCode == 0
                ? CommandInputs.WithOutput(inputs, outcome.Stdout, outcome.Stderr)
                : throw CommandFailure.Of(outcome.ExitCode is { } status ? $"Process exited with status {status}" : "Process ended by a signal", script, outcome.Tail);
        }
        catch (SshException e)
        {
            throw new ProviderException(e.Message, e);
        }
    }

    /// <summary>
    /// What the host's sshd takes: a variable of the resource's own that it refuses is an error before anything runs, the output of the
    /// command before is left out with a warning.
    /// </summary>
    private async Task<ImmutableSortedDictionary<string, string>> VariablesAsync(
        PropertyMap inputs, PropertyMap? previous, SshTarget target, SshPatience patience, IResourceLog log, CancellationToken kill)
    {
        var own = CommandInputs.Variables(inputs);
        var all = own.SetItems(CommandInputs.PreviousOutput(inputs, previous).Where(v => !own.ContainsKey(v.Key)));
        if (all.IsEmpty)
            return all;
        foreach (var name in await ssh.RefusedVariablesAsync(target, [.. all.Keys], patience, kill).ConfigureAwait(false))
        {
            if (own.ContainsKey(name))
            {
                throw new ProviderException(
                    $"Could not set the environment variable \"{name}\" on {target}: its sshd does not accept it, as is the default. Nothing was run. "
                    + $"Either add `AcceptEnv {name}` to its sshd_config, or drop `environment` and begin the command with `{name}=value`, or put the value in `stdin`.");
            }
            log.Diagnostic(
                DiagnosticSeverity.Warning,
                $"Could not set {name} on {target}: its sshd does not accept it, as is the default. The command runs without it; set addPreviousOutputInEnv to false if it is not needed.");
            all = all.Remove(name);
        }
        if (all.FirstOrDefault(v => v.Value.Length >= LongestVariable) is { Key: { } longName })
            throw new ProviderException($"The environment variable \"{longName}\" is longer than the {LongestVariable / 1024} KiB that Linux allows. Use `stdin`, or set addPreviousOutputInEnv to false.");
        return all;
    }
}
