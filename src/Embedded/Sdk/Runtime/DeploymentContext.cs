using System.Collections.Concurrent;
using PassthroughInfra.Protocol;

namespace Pulumi.Runtime;

/// <summary>The running program: who it talks to, what it is told about itself, and what it has under way.</summary>
internal sealed class DeploymentContext
{
    private static readonly AsyncLocal<DeploymentContext?> s_current = new();

    private readonly ConcurrentDictionary<string, Lazy<Task<bool>>> _features = new(StringComparer.Ordinal);
    private Stack? _stack;

    public DeploymentContext(DeploymentSettings settings, IMonitor monitor, IEngine engine)
    {
        Settings = settings;
        Monitor = monitor;
        Logger = new EngineLogger(engine, Tracker);
        Instance = new DeploymentInstance(this);
    }

    /// <exception cref="InvalidOperationException">No program is running here.</exception>
    public static DeploymentContext Current =>
        s_current.Value ?? throw new InvalidOperationException("Trying to acquire Deployment.Instance before 'Run' was called.");

    public DeploymentSettings Settings { get; }

    public StackConfiguration Configuration => Settings.Configuration;

    public IMonitor Monitor { get; }

    public TaskTracker Tracker { get; } = new();

    public EngineLogger Logger { get; }

    public DeploymentInstance Instance { get; }

    public Stack Stack
    {
        get => _stack ?? throw new InvalidOperationException("Trying to acquire Deployment.Stack before 'Run' was called.");
        set => _stack = value;
    }

    public static DeploymentContext? TryGetCurrent() => s_current.Value;

    /// <summary>Makes this the program that is running, for what the caller calls and awaits from here on.</summary>
    /// <exception cref="InvalidOperationException">One is running here already.</exception>
    public void Enter()
    {
        if (s_current.Value is not null)
            throw new InvalidOperationException("Deployment.Instance should only be set once at the beginning of a 'Run' call.");
        s_current.Value = this;
    }

    /// <summary>Whether the engine knows a feature. It is asked once, and at once.</summary>
    public Task<bool> SupportsAsync(string feature) => _features.GetOrAdd(feature, AskOnce).Value;

    private Lazy<Task<bool>> AskOnce(string feature) =>
        new(async () => (await Monitor.SupportsFeatureAsync(new SupportsFeatureRequest { Id = feature }).ConfigureAwait(false)).HasSupport);
}
