using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using PassthroughInfra.Engine.Deployments;

namespace PassthroughInfra.Engine.Rpc;

/// <summary>Serves one program's calls on an ephemeral loopback port, HTTP/2 in clear text, as the protocol wants it.</summary>
internal sealed class RpcHost : IAsyncDisposable
{
    private readonly WebApplication application;

    private RpcHost(WebApplication application, string address)
    {
        this.application = application;
        Address = address;
    }

    /// <summary><c>host:port</c>, without a scheme.</summary>
    public string Address { get; }

    public static async Task<RpcHost> StartAsync(ProgramSession session, ProgramMessages messages)
    {
        var builder = WebApplication.CreateEmptyBuilder(new());
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            kestrel.Listen(IPAddress.Loopback, 0, listen => listen.Protocols = HttpProtocols.Http2);
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
        var address = new Uri(application.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First());
        return new(application, $"{address.Host}:{address.Port}");
    }

    public async ValueTask DisposeAsync()
    {
        using var now = new CancellationTokenSource();
        await now.CancelAsync();
        await application.StopAsync(now.Token);
        await application.DisposeAsync();
    }
}
