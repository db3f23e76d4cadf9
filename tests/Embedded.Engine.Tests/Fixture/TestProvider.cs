using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Globalization;
using PassthroughInfra.Engine.Providers;
using PassthroughInfra.Engine.Values;

namespace PassthroughInfra.Engine.Tests.Fixture;

/// <summary>
/// A provider whose world is a dictionary and whose behaviour is asked for by inputs: <c>immutable</c> calls for a replacement when it
/// changes, <c>deleteFirst</c> makes that delete first, <c>cannotTell</c> leaves open whether anything differs, <c>half</c> fails a creation
/// when all is there, <c>fail</c> and <c>failDelete</c> make an operation fail, <c>delay</c> makes it take that many milliseconds. Outputs are the inputs and <c>out</c>, which is not known before.
/// </summary>
internal sealed class TestProvider(string package = "test") : IProviderFactory, IProvider
{
    private int serial;
    private int running;

    /// <summary>What exists, by ID.</summary>
    public ConcurrentDictionary<string, PropertyMap> World { get; } = new(StringComparer.Ordinal);

    /// <summary>What was done, in order: <c>create a</c>, <c>update a</c>, <c>delete a</c>, <c>configure</c>…</summary>
    public ConcurrentQueue<string> Calls { get; } = new();

    /// <summary>The timeouts that came with calls, by <c>create a</c>.</summary>
    public ConcurrentDictionary<string, TimeSpan?> Timeouts { get; } = new(StringComparer.Ordinal);

    /// <summary>The most operations that ran at once.</summary>
    public int MostAtOnce { get; private set; }

    /// <summary>Called within each operation, while it runs.</summary>
    public Func<string, Task> During { get; set; } = _ => Task.CompletedTask;

    public string Package => package;

    public string Version => "1.0.0";

    public Task<IProvider> ConfigureAsync(PropertyMap inputs, CancellationToken cancellation)
    {
        if (inputs.Count > 0)
            Calls.Enqueue($"configure {inputs}");
        return Task.FromResult<IProvider>(this);
    }

    public Task<CheckResult> CheckAsync(CheckRequest request, CancellationToken cancellation) => Task.FromResult(
        request.NewInputs.GetString("value") == "invalid"
            ? new CheckResult(request.NewInputs, [new("value", "'invalid' is not allowed")])
            : CheckResult.Fine(request.NewInputs.ContainsKey("defaulted") ? request.NewInputs : request.NewInputs.With("defaulted", true)));

    public Task<DiffResult> DiffAsync(DiffRequest request, CancellationToken cancellation) => Task.FromResult(DiffResult.OfInputs(
        request.OldInputs, request.NewInputs, [PropertyPath.Parse("immutable")], request.NewInputs.GetBool("deleteFirst") == true)
        with
    { IsUnknown = request.NewInputs.GetBool("cannotTell") == true });

    public async Task<CreateResult> CreateAsync(CreateRequest request, CancellationToken cancellation)
    {
        if (request.Context.IsPreview)
            return new("", request.Inputs.With("out", PropertyValue.Unknown));
        await WorkAsync("create", request.Context, request.Inputs, cancellation);
        var id = $"{request.Context.Name}-{Interlocked.Increment(ref serial).ToString(CultureInfo.InvariantCulture)}";
        World[id] = Outputs(id, request.Inputs);
        return request.Inputs.GetString("half") is { } problem ? throw new PartialCreationException(problem) { Id = id, Outputs = World[id] } : new(id, World[id]);
    }

    public async Task<PropertyMap> UpdateAsync(UpdateRequest request, CancellationToken cancellation)
    {
        if (request.Context.IsPreview)
            return request.NewInputs.With("out", PropertyValue.Unknown);
        await WorkAsync("update", request.Context, request.NewInputs, cancellation);
        return World[request.Id] = Outputs(request.Id, request.NewInputs);
    }

    public async Task DeleteAsync(DeleteRequest request, CancellationToken cancellation)
    {
        await WorkAsync("delete", request.Context, request.Inputs.Without("fail"), cancellation);
        if (request.Inputs.GetString("failDelete") is { } failure)
            throw new ProviderException(failure);
        World.TryRemove(request.Id, out _);
    }

    public Task<ReadResult?> ReadAsync(ReadRequest request, CancellationToken cancellation)
    {
        Calls.Enqueue($"read {request.Context.Name}");
        return Task.FromResult(World.TryGetValue(request.Id, out var live) ? new ReadResult(request.Id, request.Inputs, live) : null);
    }

    public Task<InvokeResult> InvokeAsync(InvokeRequest request, CancellationToken cancellation)
    {
        Calls.Enqueue($"invoke {request.Token}");
        return Task.FromResult(request.Arguments.GetString("text") switch
        {
            "fail" => throw new ProviderException("the function failed"),
            "refuse" => new InvokeResult(null, [new("text", "'refuse' is not allowed")]),
            var text => InvokeResult.Of(PropertyMap.Of(("result", text + text))),
        });
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private static PropertyMap Outputs(string id, PropertyMap inputs) => inputs.With("out", $"{id}:{inputs.GetString("value")}");

    private async Task WorkAsync(string what, ResourceContext context, PropertyMap inputs, CancellationToken cancellation)
    {
        Timeouts[$"{what} {context.Name}"] = context.Timeout;
        lock (World)
            MostAtOnce = Math.Max(MostAtOnce, ++running);
        try
        {
            await During($"{what} {context.Name}");
            if (inputs.GetString("say") is { } line)
                context.Log.Output(line);
            if (inputs.GetNumber("delay") is { } delay)
                await Task.Delay(TimeSpan.FromMilliseconds(delay), cancellation);
            if (inputs.GetString("fail") is { } failure)
                throw new ProviderException(failure);
            Calls.Enqueue($"{what} {context.Name}");
        }
        finally
        {
            lock (World)
                running--;
        }
    }
}
