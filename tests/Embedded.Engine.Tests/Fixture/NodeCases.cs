using PassthroughInfra.Engine.Deployments;
using PassthroughInfra.Engine.Programs;

namespace PassthroughInfra.Engine.Tests.Fixture;

/// <summary>Runs cases of the Node programs on one stack. Each starts Node with the SDK, which takes a second or two.</summary>
[Trait("Length", "minutes")]
public abstract class NodeCases(string file) : IDisposable
{
    internal TestStack Stack { get; } = new();

    /// <summary>How updates are carried out.</summary>
    internal DeploymentOptions Options { get; set; } = new();

    private IStackProgram Program => NodeProgram.Of(file);

    internal Task<TestRun> UpAsync(string name, int step = 1, params (string Key, string Value)[] config) => With(name, step, config).UpAsync(Program, Options);

    internal Task<TestRun> PreviewAsync(string name, int step = 1, params (string Key, string Value)[] config) => With(name, step, config).PreviewAsync(Program);

    public void Dispose()
    {
        Stack.Dispose();
        GC.SuppressFinalize(this);
    }

    private TestStack With(string name, int step, (string Key, string Value)[] config)
    {
        var secrets = Stack.Config.SecretKeys;
        Stack.With([.. config, ("case", name), ("step", $"{step}")]);
        Stack.Config = Stack.Config with { SecretKeys = secrets };
        return Stack;
    }
}
