using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using PassthroughInfra.Engine.Deployments;
using PassthroughInfra.Engine.Providers;

namespace PassthroughInfra.Engine.Rpc;

/// <summary>
/// Serves one program's calls on an ephemeral loopback port, HTTP/2 in clear text, as the protocol wants it. Who answers such calls runs commands with this
/// user's rights and knows its secrets, and any user of the machine can dial the port: only this process's own user is answered.
/// </summary>
internal sealed class RpcHost : IAsyncDisposable
{
    private readonly Socket socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    private readonly Task<WebApplication> serving;

    // Whom a warning has named; by the empty name, those of whom nothing is known.
    private readonly ConcurrentDictionary<string, bool> refused = new(StringComparer.Ordinal);

    /// <summary>Listens at once, so that the program can be started meanwhile; who connects is answered once all is set up.</summary>
    public RpcHost(ProgramSession session, ProgramMessages messages)
    {
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        socket.Listen();
        Address = socket.LocalEndPoint!.ToString()!;
        serving = Task.Run(() => ServeAsync(session, messages));
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

    /// <summary>Whether a connection is of this process's own user; another one's is closed before a byte of it is read.</summary>
    private bool IsOwn(ConnectionContext connection, ProgramSession session)
    {
        var owner = connection is { RemoteEndPoint: IPEndPoint peer, LocalEndPoint: IPEndPoint own } ? PeerOwner.Of(peer, own) : null;
        // Asked after the owner: a connection that was reset has set its addresses free, and who is listed under them can be somebody else.
        if (owner == PeerOwner.Own && connection.Features.Get<IConnectionSocketFeature>()?.Socket is { } accepted && PeerOwner.IsEstablished(accepted))
            return true;
        // Once for each: whoever can dial can dial a thousand times.
        var whose = owner == PeerOwner.Own ? null : owner;
        if (refused.TryAdd(whose?.ToString(CultureInfo.InvariantCulture) ?? "", true))
        {
            session.Context.Diagnose("", DiagnosticSeverity.Warning, whose is { } user
                ? $"A process of another user of this machine (uid {user}) has dialled the engine's port, and was not answered."
                : "A connection to the engine's port was not answered: this machine does not tell whose it is (/proc/net/tcp), or it was closed at once.");
        }
        return false;
    }

    private async Task<WebApplication> ServeAsync(ProgramSession session, ProgramMessages messages)
    {
        var builder = WebApplication.CreateEmptyBuilder(new());
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            kestrel.ListenHandle((ulong)socket.Handle, listen =>
            {
                listen.Protocols = HttpProtocols.Http2;
                listen.Use(next => connection => IsOwn(connection, session) ? next(connection) : Task.CompletedTask);
            });
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
