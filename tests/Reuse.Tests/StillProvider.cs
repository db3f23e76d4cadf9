using PassthroughInfra.Component.Tests.Support;
using PassthroughInfra.Engine.Providers;
using PassthroughInfra.Engine.Values;

namespace PassthroughInfra.Reuse.Tests;

/// <summary>A provider that reaches no host: the machine always looks as it was read once, and every command does nothing.</summary>
internal sealed class StillProvider(string reading) : IProvider
{
    /// <summary>The virtual host, with libvirt, as no update has touched it.</summary>
    public static string Untouched { get; } =
        File.ReadAllText(Path.Combine(Repository.Tests, "probes", "lab.txt"))
            .Replace("\nend\n", "\nlibvirt\tyes\t9.0.0\tops\tyes\t\novmf\t/usr/share/OVMF/OVMF_CODE_4M.fd\novmf\t/usr/share/OVMF/OVMF_VARS_4M.fd\nend\n", StringComparison.Ordinal);

    public Task<CheckResult> CheckAsync(CheckRequest request, CancellationToken cancellation) => Task.FromResult(CheckResult.Fine(request.NewInputs));

    public Task<DiffResult> DiffAsync(DiffRequest request, CancellationToken cancellation) => Task.FromResult(DiffResult.OfInputs(request.OldInputs, request.NewInputs));

    public Task<CreateResult> CreateAsync(CreateRequest request, CancellationToken cancellation) =>
        Task.FromResult(new CreateResult("1", request.Inputs.With("stdout", request.Context.IsPreview ? PropertyValue.Unknown : "").With("stderr", "")));

    public Task<PropertyMap> UpdateAsync(UpdateRequest request, CancellationToken cancellation) => Task.FromResult(request.OldOutputs.Merge(request.NewInputs));

    public Task DeleteAsync(DeleteRequest request, CancellationToken cancellation) => Task.CompletedTask;

    public Task<ReadResult?> ReadAsync(ReadRequest request, CancellationToken cancellation) => Task.FromResult<ReadResult?>(new(request.Id, request.Inputs, request.Outputs));

    public Task<InvokeResult> InvokeAsync(InvokeRequest request, CancellationToken cancellation) =>
        Task.FromResult(InvokeResult.Of(PropertyMap.Of(("command", ""), ("stdout", reading + "\nssh\t0\t\n"), ("stderr", ""))));

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    /// <summary>Makes it, as the provider of a package.</summary>
    public sealed class Factory(string package, string version, string reading) : IProviderFactory
    {
        public string Package => package;

        public string Version => version;

        public Task<IProvider> ConfigureAsync(PropertyMap inputs, CancellationToken cancellation) => Task.FromResult<IProvider>(new StillProvider(reading));
    }
}
