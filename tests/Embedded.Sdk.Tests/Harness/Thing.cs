using System.Collections.Immutable;
using Pulumi;
using Pulumi.Testing;

namespace PassthroughInfra.Embedded.Sdk.Tests.Harness;

/// <summary>Arguments of a resource of no particular kind.</summary>
public sealed class ThingArgs : Pulumi.ResourceArgs
{
    [Input("count")]
    public Input<int>? Count { get; set; }

    [Input("flags")]
    private InputMap<bool>? _flags;

    [Input("needed", required: true)]
    public Input<string> Needed { get; set; } = null!;

    [Input("tags")]
    private InputList<string>? _tags;

    [Input("value")]
    public Input<object>? Value { get; set; }

    public InputMap<bool> Flags
    {
        get => _flags ??= [];
        set => _flags = value;
    }

    public InputList<string> Tags
    {
        get => _tags ??= [];
        set => _tags = value;
    }
}

/// <summary>A resource of no particular kind.</summary>
public sealed class Thing(string name, ThingArgs? args = null, CustomResourceOptions? options = null)
    : CustomResource("demo:index:Thing", name, args ?? new ThingArgs { Needed = "yes" }, options)
{
    [Output("count")]
    public Output<int> Count { get; private set; } = null!;

    [Output("made")]
    public Output<string> Made { get; private set; } = null!;

    [Output("needed")]
    public Output<string> Needed { get; private set; } = null!;

    [Output("tags")]
    public Output<ImmutableArray<string>> Tags { get; private set; } = null!;
}

/// <summary>A component that makes what it is told to.</summary>
public sealed class Group : ComponentResource
{
    public Group(string name, Action<Group>? make = null, ComponentResourceOptions? options = null)
        : base("demo:index:Group", name, options)
    {
        make?.Invoke(this);
        RegisterOutputs();
    }
}

/// <summary>Mocks that give resources their inputs back, and something made.</summary>
public sealed class TestMocks : IMocks
{
    private readonly List<MockResourceArgs> _resources = [];
    private readonly List<MockCallArgs> _calls = [];
    private readonly List<MockRegisterResourceOutputsRequest> _outputs = [];

    public IReadOnlyList<MockResourceArgs> Resources => _resources;

    public IReadOnlyList<MockCallArgs> Calls => _calls;

    public IReadOnlyList<MockRegisterResourceOutputsRequest> Outputs => _outputs;

    /// <summary>What is done before a resource is answered for.</summary>
    public Func<MockResourceArgs, Task> Before { get; set; } = static _ => Task.CompletedTask;

    public Func<MockCallArgs, object> Answer { get; set; } = static args => args.Args;

    /// <summary>What a resource has besides its inputs.</summary>
    public Dictionary<string, object> State { get; set; } = [];

    public async Task<(string? id, object state)> NewResourceAsync(MockResourceArgs args)
    {
        lock (_resources)
            _resources.Add(args);
        await Before(args);
        return ($"{args.Name}-id", args.Inputs.Add("made", $"{args.Name}-made").AddRange(State));
    }

    public Task<object> CallAsync(MockCallArgs args)
    {
        _calls.Add(args);
        return Task.FromResult(Answer(args));
    }

    public Task RegisterResourceOutputs(MockRegisterResourceOutputsRequest args)
    {
        _outputs.Add(args);
        return Task.CompletedTask;
    }

    /// <summary>Runs a program against these mocks, as an update unless it is said to be a preview.</summary>
    public Task<ImmutableArray<Resource>> RunAsync(Action program, bool preview = false) =>
        Deployment.TestAsync(this, new TestOptions { IsPreview = preview }, program);
}
