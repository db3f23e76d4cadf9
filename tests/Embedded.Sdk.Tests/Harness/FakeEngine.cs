using System.Collections.Concurrent;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using PassthroughInfra.Protocol;
using LogRequest = PassthroughInfra.Protocol.LogRequest;

namespace PassthroughInfra.Embedded.Sdk.Tests.Harness;

/// <summary>An engine on the loopback that writes down what it is asked and answers as it is told to.</summary>
public sealed class FakeEngine : IAsyncDisposable
{
    private readonly WebApplication _server;
    private readonly ConcurrentQueue<string> _calls = new();

    private FakeEngine(WebApplication server) => _server = server;

    public string Address { get; private set; } = "";

    /// <summary>At a preview no ids are given, and no outputs beyond the inputs.</summary>
    public bool IsPreview { get; init; }

    /// <summary>Features the engine does not know.</summary>
    public ISet<string> UnknownFeatures { get; } = new HashSet<string>();

    /// <summary>What resources have besides their inputs once they are made, by type.</summary>
    public IDictionary<string, Struct> Outputs { get; } = new Dictionary<string, Struct>();

    /// <summary>What functions give.</summary>
    public IDictionary<string, Struct> Results { get; } = new Dictionary<string, Struct>();

    /// <summary>Answers a registration instead of the engine; null leaves it to the engine.</summary>
    public Func<RegisterResourceRequest, RegisterResourceResponse?> OnRegister { get; set; } = static _ => null;

    /// <summary>Answers a call of a function instead of the engine; null leaves it to the engine.</summary>
    public Func<ResourceInvokeRequest, ResourceInvokeResponse?> OnInvoke { get; set; } = static _ => null;

    /// <summary>Fails messages, as an engine that is gone.</summary>
    public bool RefusesMessages { get; set; }

    /// <summary>Offers no waiting for the end, as older engines.</summary>
    public bool IsOld { get; set; }

    public IReadOnlyList<string> Calls => [.. _calls];

    public static async Task<FakeEngine> StartAsync(bool preview)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(static kestrel => kestrel.Listen(
            System.Net.IPAddress.Loopback, 0, static endpoint => endpoint.Protocols = HttpProtocols.Http2));
        builder.Services.AddGrpc();
        FakeEngine engine = null!;
        builder.Services.AddSingleton(_ => engine);
        var server = builder.Build();
        engine = new FakeEngine(server) { IsPreview = preview };
        server.MapGrpcService<MonitorService>();
        server.MapGrpcService<EngineService>();
        await server.StartAsync();
        var address = server.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single();
        engine.Address = new Uri(address).Authority;
        return engine;
    }

    public async ValueTask DisposeAsync() => await _server.DisposeAsync();

    private void Write(string name, IMessage message) => _calls.Enqueue($"{name} {JsonFormatter.Default.Format(message)}");

    private string IdOf(string name) => IsPreview ? "" : $"id-{name}";

    private static string UrnOf(string parent, string type, string name)
    {
        var parentType = parent.Length == 0 ? "" : parent.Split("::")[2];
        var prefix = parentType is "" or "pulumi:pulumi:Stack" ? "" : parentType + "$";
        return $"urn:pulumi:dev::demo::{prefix}{type}::{name}";
    }

    private Struct With(Struct? inputs, string type)
    {
        var properties = inputs?.Clone() ?? new Struct();
        if (IsPreview)
        {
            // An engine leaves out what holds an unknown.
            var unknown = properties.Fields.Where(static field => field.Value.ToString().Contains("04da6b54", StringComparison.Ordinal));
            foreach (var name in unknown.Select(static field => field.Key).ToList())
                properties.Fields.Remove(name);
        }
        else if (Outputs.TryGetValue(type, out var outputs))
        {
            properties.MergeFrom(outputs);
        }

        return properties;
    }

    private sealed class MonitorService(FakeEngine engine) : ResourceMonitor.ResourceMonitorBase
    {
        public override Task<SupportsFeatureResponse> SupportsFeature(SupportsFeatureRequest request, ServerCallContext context)
        {
            engine.Write("SupportsFeature", request);
            return Task.FromResult(new SupportsFeatureResponse { HasSupport = !engine.UnknownFeatures.Contains(request.Id) });
        }

        public override Task<RegisterResourceResponse> RegisterResource(RegisterResourceRequest request, ServerCallContext context)
        {
            engine.Write("RegisterResource", request);
            return Task.FromResult(engine.OnRegister(request) ?? new RegisterResourceResponse
            {
                Urn = UrnOf(request.Parent, request.Type, request.Name),
                Id = request.Custom ? engine.IdOf(request.Name) : "",
                Object = engine.With(request.Object, request.Type),
            });
        }

        public override Task<ReadResourceResponse> ReadResource(ReadResourceRequest request, ServerCallContext context)
        {
            engine.Write("ReadResource", request);
            var properties = request.Properties?.Clone() ?? new Struct();
            if (engine.Outputs.TryGetValue(request.Type, out var outputs))
                properties.MergeFrom(outputs);
            return Task.FromResult(new ReadResourceResponse { Urn = UrnOf(request.Parent, request.Type, request.Name), Properties = properties });
        }

        public override Task<ResourceInvokeResponse> Invoke(ResourceInvokeRequest request, ServerCallContext context)
        {
            engine.Write("Invoke", request);
            return Task.FromResult(engine.OnInvoke(request)
                ?? new ResourceInvokeResponse { Return = engine.Results.TryGetValue(request.Tok, out var result) ? result : new Struct() });
        }

        public override Task<Empty> RegisterResourceOutputs(RegisterResourceOutputsRequest request, ServerCallContext context)
        {
            engine.Write("RegisterResourceOutputs", request);
            return Task.FromResult(new Empty());
        }

        public override Task<Empty> SignalAndWaitForShutdown(Empty request, ServerCallContext context)
        {
            if (engine.IsOld)
                throw new RpcException(new Status(StatusCode.Unimplemented, ""));
            engine.Write("SignalAndWaitForShutdown", request);
            return Task.FromResult(new Empty());
        }
    }

    private sealed class EngineService(FakeEngine engine) : Engine.EngineBase
    {
        public override Task<Empty> Log(LogRequest request, ServerCallContext context)
        {
            if (engine.RefusesMessages)
                throw new RpcException(new Status(StatusCode.Unavailable, "gone"));
            engine.Write("Engine.Log", request);
            return Task.FromResult(new Empty());
        }
    }
}
