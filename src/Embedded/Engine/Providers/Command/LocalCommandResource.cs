using System.Collections.Frozen;
using PassthroughInfra.Engine.Values;

namespace PassthroughInfra.Engine.Providers.Command;

/// <summary><c>command:local:Command</c>: a script on this machine for each of create, update and delete.</summary>
internal sealed class LocalCommandResource(LocalShell shell) : ICommandResource
{
    private static readonly FrozenDictionary<string, FieldType> Fields = LocalShell.SharedFields.Concat(
    [
        KeyValuePair.Create("create", FieldType.Text),
        KeyValuePair.Create("update", FieldType.Text),
        KeyValuePair.Create("delete", FieldType.Text),
        KeyValuePair.Create("triggers", FieldType.List),
    ]).ToFrozenDictionary();

    public PropertyMap Check(PropertyMap inputs, List<CheckProblem> problems) => LocalShell.Check(inputs, Fields, problems);

    public Task<PropertyMap> CreateAsync(CreateRequest request, CancellationToken cancellation) => request.Context.IsPreview
        ? Task.FromResult(CommandInputs.WithUnknownOutput(request.Inputs))
        : RunAsync(request.Inputs, request.Inputs.GetString("create"), null, request.Context, cancellation);

    public Task<PropertyMap> UpdateAsync(UpdateRequest request, CancellationToken cancellation) => request.Context.IsPreview
        ? Task.FromResult(CommandInputs.WithUnknownOutput(request.NewInputs))
        : RunAsync(request.NewInputs, request.NewInputs.GetString("update") ?? request.NewInputs.GetString("create"), request.OldOutputs, request.Context, cancellation);

    public Task DeleteAsync(DeleteRequest request, CancellationToken cancellation) =>
        request.Inputs.GetString("delete") is { } script ? RunAsync(request.Inputs, script, request.Outputs, request.Context, cancellation) : Task.CompletedTask;

    private async Task<PropertyMap> RunAsync(PropertyMap inputs, string? script, PropertyMap? previous, ResourceContext context, CancellationToken kill) => script is null
        ? CommandInputs.WithOutput(inputs, previous?.GetString(CommandInputs.Stdout) ?? "", previous?.GetString(CommandInputs.Stderr) ?? "")
        : await shell.RunAsync(inputs, script, previous, context.Timeout, context.Log, kill).ConfigureAwait(false);
}
