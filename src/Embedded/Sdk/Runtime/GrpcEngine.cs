using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using Grpc.Net.Client;
using PassthroughInfra.Protocol;

namespace Pulumi.Runtime;

/// <summary>An engine that is another process, reached over gRPC without encryption on the loopback.</summary>
internal sealed class GrpcEngine : IMonitor, IEngine
{
    private const int MaximumMessageBytes = 400 * 1024 * 1024;

    private readonly ResourceMonitor.ResourceMonitorClient _monitor;
    private readonly Engine.EngineClient _engine;

    /// <param name="monitor">Where resources are registered, <c>host:port</c>.</param>
    /// <param name="engine">Where messages go, <c>host:port</c>; often the same.</param>
    public GrpcEngine(string monitor, string engine)
    {
        var channel = Open(monitor);
        _monitor = new ResourceMonitor.ResourceMonitorClient(channel);
        _engine = new Engine.EngineClient(engine == monitor ? channel : Open(engine));
    }

    public Task<SupportsFeatureResponse> SupportsFeatureAsync(SupportsFeatureRequest request) =>
        _monitor.SupportsFeatureAsync(request).ResponseAsync;

    public Task<ResourceInvokeResponse> InvokeAsync(ResourceInvokeRequest request) => _monitor.InvokeAsync(request).ResponseAsync;

    public Task<ReadResourceResponse> ReadResourceAsync(Resource resource, ReadResourceRequest request) =>
        _monitor.ReadResourceAsync(request).ResponseAsync;

    public Task<RegisterResourceResponse> RegisterResourceAsync(Resource resource, RegisterResourceRequest request) =>
        _monitor.RegisterResourceAsync(request).ResponseAsync;

    public Task RegisterResourceOutputsAsync(RegisterResourceOutputsRequest request) =>
        _monitor.RegisterResourceOutputsAsync(request).ResponseAsync;

    public async Task SignalAndWaitForShutdownAsync()
    {
        try
        {
            await _monitor.SignalAndWaitForShutdownAsync(new Empty()).ResponseAsync.ConfigureAwait(false);
        }
        catch (RpcException error) when (error.StatusCode == StatusCode.Unimplemented)
        {
            // An older engine, which needs nothing more from a program that is done.
        }
    }

    public Task LogAsync(LogRequest request) => _engine.LogAsync(request).ResponseAsync;

    private static GrpcChannel Open(string address) => GrpcChannel.ForAddress($"http://{address}", new GrpcChannelOptions
    {
        MaxReceiveMessageSize = MaximumMessageBytes,
        MaxSendMessageSize = MaximumMessageBytes,
        MaxRetryBufferSize = null,
        // The engine is on the loopback: a proxy of the environment must not come between.
        HttpHandler = new SocketsHttpHandler { UseProxy = false, EnableMultipleHttp2Connections = true },
    });
}
