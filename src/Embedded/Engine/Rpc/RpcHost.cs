using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using PassthroughInfra.Engine.Deployments;

namespace PassthroughInfra.Engine.Rpc;

/// <summary>Serves one program's calls on an ephemeral loopback port, HTTP/2 in clear text, as the protocol wants it.</summary>
internal sealed class RpcHost : IAsyncDisposable
{
    private readonly Socket socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    private readonly Task<WebApplication> serving;

    /// <summary>Listens at once, so that the program can be started meanwhile; who connects is answered once all is set up.</summary>
    public RpcHost(ProgramSession session, ProgramMessages messages)
    {
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        socket.Listen();
        Address = socket.LocalEndPoint!.ToString()!;
        serving = Task.Run(() => ServeAsync(socket, session, messages));
    }

    /// <summary><c>host:port</c>, without a scheme.</summary>
    public string Address { get; }

    /// <summary>Ends once calls are answered.</summary>
    public Task WhenServing => serving;

    public async ValueTask DisposeAsync()
    {
        using var now = new CancellationTokenSource();
        await now.CancelAsync();
        try
        {
            var application = await serving;
            await application.StopAsync(now.Token);
            await application.DisposeAsync();
        }
        catch (Exception) when (serving.IsFaulted)
        {
            // Told by WhenServing.
        }

        socket.Dispose();
    }

    private static async Task<WebApplication> ServeAsync(Socket socket, ProgramSession session, ProgramMessages messages)
    {
        var builder = WebApplication.CreateEmptyBuilder(new());
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            kestrel.ListenHandle((ulong)socket.Handle, listen => listen.Protocols = HttpProtocols.Http2);
            kestrel.Limits.MaxRequestBodySize = null;
            // A call lasts as long as the step it asks for: no data comes for hours, and that is no fault.
            kestrel.Limits.MinRequestBodyDataRate = null;
            kestrel.Limits.MinResponseDataRate = null;
        });
        builder.Services.AddRoutingCore();
        builder.Services.AddSingleton(session);
        builder.Services.AddSingleton(messages);
        builder.Services.AddSingleton<ResourceMonitorService>();
        builder.Services.AddSingleton<EngineLogService>();
        builder.Services.AddGrpc(options =>
        {
            options.MaxReceiveMessageSize = null;
            options.MaxSendMessageSize = null;
        });
        var application = builder.Build();
        application.UseRouting();
        application.MapGrpcService<ResourceMonitorService>();
        application.MapGrpcService<EngineLogService>();
        await application.StartAsync();
        return application;
    }
}
