using System.Collections.Frozen;
using System.Collections.Immutable;
using PassthroughInfra.Engine.Values;

namespace PassthroughInfra.Engine.Providers.Command;

/// <summary><c>command:local:run</c>: a command that runs on this machine in every preview and every update.</summary>
internal sealed class LocalRunFunction(LocalShell shell)
{
    public const string Token = "command:local:run";

    private static readonly FrozenDictionary<string, FieldType> Fields =
        LocalShell.SharedFields.Append(KeyValuePair.Create("command", FieldType.Text)).ToFrozenDictionary();

    public async Task<InvokeResult> CallAsync(InvokeRequest request, CancellationToken cancellation)
    {
        var problems = new List<CheckProblem>();
        var arguments = LocalShell.Check(request.Arguments, Fields, problems);
        if (arguments.GetString("command") is not { } script)
            return new(null, [.. problems, new("command", "it is required: the command to run")]);
        return problems.Count > 0
            ? new(null, [.. problems])
            : InvokeResult.Of(await shell.RunAsync(arguments, script, null, null, request.Log, cancellation).ConfigureAwait(false));
    }
}
