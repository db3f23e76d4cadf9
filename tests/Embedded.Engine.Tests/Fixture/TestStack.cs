using System.Collections.Immutable;
using System.Text;
using PassthroughInfra.Engine.Deployments;
using PassthroughInfra.Engine.Events;
using PassthroughInfra.Engine.Programs;
using PassthroughInfra.Engine.Projects;
using PassthroughInfra.Engine.Providers;
using PassthroughInfra.Engine.Secrets;
using PassthroughInfra.Engine.State;
using PassthroughInfra.Engine.Values;

namespace PassthroughInfra.Engine.Tests.Fixture;

/// <summary>A stack in memory. Every state that the engine saves goes through its JSON, and is checked to be whole.</summary>
internal sealed class TestStack : IDisposable
{
    private readonly CancellationTokenSource stopping = new();
    private readonly CancellationTokenSource aborting = new();
    private readonly CheckpointWriter writer = new("organization/demo/dev", PlainCrypter.Instance);

    public TestProvider Provider { get; } = new();

    public List<IProviderFactory> OtherProviders { get; } = [];

    public Snapshot Snapshot { get; set; } = Snapshot.Empty;

    /// <summary>How often the state was saved.</summary>
    public int Saves { get; private set; }

    /// <summary>The last state that was saved, as it would be on disk.</summary>
    public string SavedJson { get; private set; } = "";

    public StackConfig Config { get; set; } = StackConfig.Empty;

    /// <summary>What saving does besides; a test can make it fail.</summary>
    public Action<Snapshot> OnSave { get; set; } = _ => { };

    public Func<string, PropertyMap> OtherStacks { get; set; } = name => throw new EngineException($"unknown stack \"{name}\"");

    public TestStack With(params (string Key, string Value)[] config)
    {
        Config = StackConfig.Empty with { Values = config.ToImmutableSortedDictionary(c => "demo:" + c.Key, c => c.Value, StringComparer.Ordinal) };
        return this;
    }

    /// <summary>Asks to stop, as Ctrl-C does.</summary>
    public void Stop() => stopping.Cancel();

    public void Abort() => aborting.Cancel();

    public Task<TestRun> PreviewAsync(IStackProgram program, DeploymentOptions? options = null) =>
        RunAsync((d, o) => d.UpdateAsync(Snapshot, program, o), (options ?? new()) with { IsPreview = true });

    public Task<TestRun> UpAsync(IStackProgram program, DeploymentOptions? options = null) => RunAsync((d, o) => d.UpdateAsync(Snapshot, program, o), options ?? new());

    public Task<TestRun> DestroyAsync(DeploymentOptions? options = null) => RunAsync((d, o) => d.DestroyAsync(Snapshot, o), options ?? new());

    public Task<TestRun> RefreshAsync(DeploymentOptions? options = null) => RunAsync((d, o) => d.RefreshAsync(Snapshot, o), options ?? new());

    /// <summary>The state of a resource by its name.</summary>
    public ResourceState State(string name) => Snapshot.Resources.Single(r => r.Name == name && !r.Delete);

    public void Dispose()
    {
        stopping.Dispose();
        aborting.Dispose();
    }

    private async Task<TestRun> RunAsync(Func<Deployment, DeploymentOptions, Task<DeploymentOutcome>> operation, DeploymentOptions options)
    {
        var events = new RecordedEvents();
        var directory = Path.GetTempPath();
        var registry = new ProviderRegistry([Provider, .. OtherProviders]);
        var deployment = new Deployment(
            new("demo", "dev", Config, directory, directory), registry, events, Save, OtherStacks, stopping.Token, aborting.Token);
        var outcome = await operation(deployment, options with { ProgramGrace = TimeSpan.FromSeconds(1) });
        if (!options.IsPreview)
        {
            Assert.Null(SnapshotIntegrity.Fault(outcome.Snapshot));
            Snapshot = outcome.Snapshot;
        }
        return new(outcome, events);
    }

    private void Save(Snapshot snapshot)
    {
        OnSave(snapshot);
        Saves++;
        var json = writer.Write(snapshot, () => null);
        SavedJson = Encoding.UTF8.GetString(json.Span);
        Assert.Null(SnapshotIntegrity.Fault(CheckpointReader.Read(json, "test", _ => PlainCrypter.Instance)));
    }
}

/// <summary>What an operation came to, and what was told on the way.</summary>
internal sealed record TestRun(DeploymentOutcome Outcome, RecordedEvents Events)
{
    public OperationResult Result => Outcome.Result;

    public string[] Steps => Events.Steps;

    public string[] Errors => Events.Errors;

    /// <summary>The counts as text: <c>create 1, same 2</c>.</summary>
    public string Changes => string.Join(", ", Outcome.Changes.OrderBy(c => c.Key.Name, StringComparer.Ordinal).Select(c => $"{c.Key.Name} {c.Value}"));

    /// <summary>An output of the stack.</summary>
    public PropertyValue? Output(string name) => Outcome.Outputs?.Get(name);

    /// <summary>This, if the operation ended well; else a failed test that says why.</summary>
    public TestRun Fine()
    {
        Assert.True(Result == OperationResult.Succeeded, $"{Result}: {string.Join("\n", Errors)}");
        return this;
    }
}
