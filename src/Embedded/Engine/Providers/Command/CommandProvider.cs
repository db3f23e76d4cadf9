using System.Collections.Frozen;
using PassthroughInfra.Engine.Ssh;
using PassthroughInfra.Engine.Values;

namespace PassthroughInfra.Engine.Providers.Command;

/// <summary>Makes the provider of the command package, with the behaviour of pulumi-command.</summary>
/// <param name="workingDirectory">The program's directory, in which local commands run.</param>
public sealed class CommandProviderFactory(string workingDirectory) : IProviderFactory
{
    public string Package => "command";

    public string Version => "1.2.1";

    public Task<IProvider> ConfigureAsync(PropertyMap inputs, CancellationToken cancellation) => Task.FromResult<IProvider>(new CommandProvider(workingDirectory));
}

/// <summary>The resources and functions of the command package: scripts on this machine and on hosts.</summary>
internal sealed class CommandProvider : IProvider
{
    private readonly SshConnections ssh = new();
    private readonly FrozenDictionary<string, ICommandResource> resources;
    private readonly LocalRunFunction localRun;

    public CommandProvider(string workingDirectory)
    {
        var shell = new LocalShell(workingDirectory);
        localRun = new(shell);
        resources = new Dictionary<string, ICommandResource>
        {
            ["command:remote:Command"] = new RemoteCommandResource(ssh),
            ["command:local:Command"] = new LocalCommandResource(shell),
        }.ToFrozenDictionary();
    }

    public Task<CheckResult> CheckAsync(CheckRequest request, CancellationToken cancellation)
    {
        var problems = new List<CheckProblem>();
        var inputs = Of(request.Context).Check(request.NewInputs, problems);
        return Task.FromResult(new CheckResult(inputs, [.. problems]));
    }

    public Task<DiffResult> DiffAsync(DiffRequest request, CancellationToken cancellation) => Task.FromResult(CommandInputs.Diff(request));

    public async Task<CreateResult> CreateAsync(CreateRequest request, CancellationToken cancellation)
    {
        var outputs = await Of(request.Context).CreateAsync(request, cancellation).ConfigureAwait(false);
        return new(request.Context.IsPreview ? "" : CommandInputs.NewId(request.Context.Name), outputs);
    }

    public Task<PropertyMap> UpdateAsync(UpdateRequest request, CancellationToken cancellation) => Of(request.Context).UpdateAsync(request, cancellation);

    public Task DeleteAsync(DeleteRequest request, CancellationToken cancellation) => Of(request.Context).DeleteAsync(request, cancellation);

    /// <summary>Nothing is read: what a command did cannot be seen. The state stands as it is.</summary>
    public Task<ReadResult?> ReadAsync(ReadRequest request, CancellationToken cancellation) =>
        Task.FromResult<ReadResult?>(new(request.Id, request.Inputs, request.Outputs));

    public Task<InvokeResult> InvokeAsync(InvokeRequest request, CancellationToken cancellation) => request.Token == LocalRunFunction.Token
        ? localRun.CallAsync(request, cancellation)
        : throw new ProviderException($"The embedded engine has no function '{request.Token}'; of the command package it has {LocalRunFunction.Token}. Use the pulumi CLI for the others.");

    public ValueTask DisposeAsync() => ssh.DisposeAsync();

    private ICommandResource Of(ResourceContext context) => resources.TryGetValue(context.Type, out var resource) ? resource : throw new ProviderException(
        $"The embedded engine has no resource type '{context.Type}'; of the command package it has {string.Join(", ", resources.Keys.Order(StringComparer.Ordinal))}. Use the pulumi CLI for the others.");
}
