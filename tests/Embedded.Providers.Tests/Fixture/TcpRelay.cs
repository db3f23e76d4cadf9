using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace PassthroughInfra.Engine.Providers.Tests.Fixture;

/// <summary>A wire that can be cut: passes TCP connections on to a port, and counts them.</summary>
public sealed class TcpRelay : IDisposable
{
    private readonly TcpListener listener = new(IPAddress.Loopback, 0);
    private readonly ConcurrentBag<Socket> sockets = [];
    private int connections;
    private int left = int.MaxValue;

    public TcpRelay(int port)
    {
        listener.Start();
        _ = AcceptAsync(port);
    }

    public int Port => ((IPEndPoint)listener.LocalEndpoint).Port;

    public int Connections => connections;

    /// <summary>Resets every connection there is.</summary>
    public void Cut()
    {
        while (sockets.TryTake(out var socket))
            socket.Close(0);
    }

    /// <summary>Resets every connection instead of passing on what comes after so many pieces of data, in whichever direction.</summary>
    public void CutAfter(int pieces) => Volatile.Write(ref left, pieces);

    public void Dispose()
    {
        listener.Stop();
        Cut();
    }

    private async Task AcceptAsync(int port)
    {
        while (true)
        {
            Socket near;
            try
            {
                near = await listener.AcceptSocketAsync();
            }
            catch (Exception e) when (e is SocketException or ObjectDisposedException)
            {
                return;
            }
            Interlocked.Increment(ref connections);
            var far = new Socket(SocketType.Stream, ProtocolType.Tcp);
            await far.ConnectAsync(IPAddress.Loopback, port);
            sockets.Add(near);
            sockets.Add(far);
            _ = PassAsync(near, far);
            _ = PassAsync(far, near);
        }
    }

    private async Task PassAsync(Socket from, Socket to)
    {
        var buffer = new byte[64 * 1024];
        try
        {
            int count;
            while ((count = await from.ReceiveAsync(buffer)) > 0)
            {
                if (Interlocked.Decrement(ref left) == -1)
                    Cut();
                for (var sent = 0; sent < count;)
                    sent += await to.SendAsync(buffer.AsMemory(sent, count - sent));
            }
            to.Shutdown(SocketShutdown.Send);
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // Cut.
        }
    }
}
