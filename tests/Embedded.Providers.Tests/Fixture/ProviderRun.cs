using PassthroughInfra.Engine.Providers.Command;
using PassthroughInfra.Engine.Values;

namespace PassthroughInfra.Engine.Providers.Tests.Fixture;

/// <summary>Does to one resource of the command provider what the engine does.</summary>
internal sealed class ProviderRun(string type, IProvider provider) : IAsyncDisposable
{
    public const string Remote = "command:remote:Command";
    public const string Local = "command:local:Command";

    public RecordingLog Log { get; } = new();

    public TimeSpan? Timeout { get; init; }

    public bool IsPreview { get; init; }

    public CancellationToken Stopping { get; init; }

    public CancellationToken Kill { get; init; }

    public IProvider Provider => provider;

    private ResourceContext Context => new($"urn:pulumi:test::test::{type}::it", type, "it", IsPreview, Timeout, Log, Stopping);

    public static ProviderRun Command(string type = Remote) => new(type, new CommandProvider(Path.GetTempPath()));

    public async Task<CheckResult> CheckAsync(PropertyMap inputs) => await provider.CheckAsync(new(Context, null, inputs), default);

    /// <summary>Checks and creates; a problem found by the check is an assertion that failed.</summary>
    public async Task<PropertyMap> CreateAsync(PropertyMap inputs) => (await provider.CreateAsync(new(Context, await CheckedAsync(inputs)), Kill)).Outputs;

    public async Task<DiffResult> DiffAsync(PropertyMap old, PropertyMap @new)
    {
        var oldInputs = await CheckedAsync(old);
        return await provider.DiffAsync(new(Context, "id", oldInputs, oldInputs, await CheckedAsync(@new)), default);
    }

    public async Task<PropertyMap> UpdateAsync(PropertyMap oldInputs, PropertyMap oldOutputs, PropertyMap inputs) =>
        await provider.UpdateAsync(new(Context, "id", await CheckedAsync(oldInputs), oldOutputs, await CheckedAsync(inputs), []), Kill);

    public async Task DeleteAsync(PropertyMap inputs, PropertyMap outputs) => await provider.DeleteAsync(new(Context, "id", await CheckedAsync(inputs), outputs), Kill);

    public ValueTask DisposeAsync() => provider.DisposeAsync();

    private async Task<PropertyMap> CheckedAsync(PropertyMap inputs)
    {
        var result = await CheckAsync(inputs);
        Assert.Empty(result.Failures);
        return result.Inputs;
    }
}
