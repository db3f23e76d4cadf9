using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using Grpc.Net.Client;
using PassthroughInfra.Protocol;

namespace Pulumi.Runtime;

/// <summary>An engine that is another process, reached over gRPC without encryption on the loopback.</summary>
internal sealed class GrpcEngine : IMonitor, IEngine
{
    private const int MaximumMessageBytes = 400 * 1024 * 1024;

    private readonly Task<Clients> _clients;

    /// <param name="monitor">Where resources are registered, <c>host:port</c>.</param>
    /// <param name="engine">Where messages go, <c>host:port</c>; often the same.</param>
    public GrpcEngine(string monitor, string engine) =>
        // Most of a short program's time is the first call's: it is spent beside the program's own start.
        _clients = Task.Run(() =>
        {
            var channel = Open(monitor);
            return new Clients(
                new ResourceMonitor.ResourceMonitorClient(channel), new Engine.EngineClient(engine == monitor ? channel : Open(engine)));
        });

    public Task<SupportsFeatureResponse> SupportsFeatureAsync(SupportsFeatureRequest request) =>
        CallAsync(request, static (clients, request) => clients.Monitor.SupportsFeatureAsync(request));

    public Task<ResourceInvokeResponse> InvokeAsync(ResourceInvokeRequest request) =>
        CallAsync(request, static (clients, request) => clients.Monitor.InvokeAsync(request));

    public Task<ReadResourceResponse> ReadResourceAsync(Resource resource, ReadResourceRequest request) =>
        CallAsync(request, static (clients, request) => clients.Monitor.ReadResourceAsync(request));

    public Task<RegisterResourceResponse> RegisterResourceAsync(Resource resource, RegisterResourceRequest request) =>
        CallAsync(request, static (clients, request) => clients.Monitor.RegisterResourceAsync(request));

    public Task RegisterResourceOutputsAsync(RegisterResourceOutputsRequest request) =>
        CallAsync(request, static (clients, request) => clients.Monitor.RegisterResourceOutputsAsync(request));

    public async Task SignalAndWaitForShutdownAsync()
    {
        try
        {
            await CallAsync(new Empty(), static (clients, request) => clients.Monitor.SignalAndWaitForShutdownAsync(request)).ConfigureAwait(false);
        }
        catch (RpcException error) when (error.StatusCode == StatusCode.Unimplemented)
        {
            // An older engine, which needs nothing more from a program that is done.
        }
    }

    public Task LogAsync(LogRequest request) => CallAsync(request, static (clients, request) => clients.Engine.LogAsync(request));

    private async Task<TResponse> CallAsync<TRequest, TResponse>(TRequest request, Func<Clients, TRequest, AsyncUnaryCall<TResponse>> call)
    {
        var clients = await _clients.ConfigureAwait(false);
        return await call(clients, request).ResponseAsync.ConfigureAwait(false);
    }

    private static GrpcChannel Open(string address) => GrpcChannel.ForAddress($"http://{address}", new GrpcChannelOptions
    {
        MaxReceiveMessageSize = MaximumMessageBytes,
        MaxSendMessageSize = MaximumMessageBytes,
        MaxRetryBufferSize = null,
        // The engine is on the loopback: a proxy of the environment must not come between.
        HttpHandler = new SocketsHttpHandler { UseProxy = false, EnableMultipleHttp2Connections = true },
    });

    private sealed record Clients(ResourceMonitor.ResourceMonitorClient Monitor, Engine.EngineClient Engine);
}
