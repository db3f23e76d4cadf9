using PassthroughInfra.Engine.Programs;
using PassthroughInfra.Engine.Values;
using PassthroughInfra.Protocol;

namespace PassthroughInfra.Engine.Tests.Fixture;

/// <summary>The calls of a scripted program, with the little that every SDK does by itself.</summary>
internal sealed class ScriptedCalls(ResourceMonitor.ResourceMonitorClient monitor, Protocol.Engine.EngineClient engine, ProgramRun run)
{
    private static readonly WireOptions Everything = new(true, true, true);

    public ResourceMonitor.ResourceMonitorClient Monitor { get; } = monitor;

    public Protocol.Engine.EngineClient Engine { get; } = engine;

    public ProgramRun Run { get; } = run;

    public int ExitCode { get; set; }

    public string Stack { get; private set; } = "";

    public async Task<string> StackAsync()
    {
        var response = await Monitor.RegisterResourceAsync(new() { Type = Urn.StackType, Name = $"{Run.Project}-{Run.Stack}", AcceptSecrets = true, AcceptResources = true });
        return Stack = response.Urn;
    }

    /// <summary>Registers a resource of the test provider.</summary>
    public Task<Registered> ResourceAsync(string name, params (string Key, PropertyValue Value)[] inputs) => ResourceAsync(name, _ => { }, inputs);

    /// <summary>Registers a resource of the test provider with options.</summary>
    public async Task<Registered> ResourceAsync(string name, Action<RegisterResourceRequest> options, params (string Key, PropertyValue Value)[] inputs)
    {
        var request = Request("test:index:Res", name, inputs);
        request.Custom = true;
        options(request);
        return await RegisterAsync(request);
    }

    /// <summary>Registers a component.</summary>
    public async Task<Registered> ComponentAsync(string name, Action<RegisterResourceRequest> options, params (string Key, PropertyValue Value)[] inputs)
    {
        var request = Request("test:index:Component", name, inputs);
        options(request);
        return await RegisterAsync(request);
    }

    public async Task<Registered> RegisterAsync(RegisterResourceRequest request)
    {
        var response = await Monitor.RegisterResourceAsync(request);
        return new(response.Urn, response.Id, WireValues.Read(response.Object));
    }

    public async Task OutputsAsync(string urn, params (string Key, PropertyValue Value)[] outputs) =>
        await Monitor.RegisterResourceOutputsAsync(new() { Urn = urn, Outputs = WireValues.Write(PropertyMap.Of(outputs), Everything) });

    public RegisterResourceRequest Request(string type, string name, params (string Key, PropertyValue Value)[] inputs) => new()
    {
        Type = type,
        Name = name,
        Parent = Stack,
        Object = WireValues.Write(PropertyMap.Of(inputs), Everything),
        AcceptSecrets = true,
        AcceptResources = true,
        SupportsPartialValues = true,
        SupportsResultReporting = true,
    };
}

/// <summary>What a registration came to.</summary>
internal sealed record Registered(string Urn, string Id, PropertyMap Outputs)
{
    /// <summary>The <c>out</c> of a resource of the test provider; unknown in a preview that creates it.</summary>
    public PropertyValue Out => Outputs.Get("out") ?? PropertyValue.Unknown;
}
