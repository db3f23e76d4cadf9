using System.Net;
using System.Net.Sockets;

namespace PassthroughInfra.Cli.Rehearsal;

/// <summary>The address cannot be listened on: what to do is in the message.</summary>
internal sealed class PortRelayException(string message) : Exception(message);

/// <summary>Passes TCP connections on from one address to another, while it lives.</summary>
internal sealed class PortRelay : IDisposable
{
    private readonly TcpListener listener;
    private readonly IPEndPoint to;

    /// <summary>Listens.</summary>
    /// <exception cref="PortRelayException">It cannot.</exception>
    public PortRelay(IPEndPoint from, IPEndPoint to)
    {
        this.to = to;
        listener = new(from);
        try
        {
            listener.Start();
        }
        catch (SocketException e)
        {
            throw new PortRelayException(e.SocketErrorCode switch
            {
                SocketError.AccessDenied =>
                    $"this user may not listen on port {from.Port} of {from.Address}, which leads Pulumi's libvirt provider to the lab (it reaches no other port): run as root, or allow it to everybody with sysctl -w net.ipv4.ip_unprivileged_port_start={from.Port}",
                SocketError.AddressAlreadyInUse =>
                    $"something listens on port {from.Port} of {from.Address} already (an SSH server on all addresses: ss -ltn): end it, let it listen on its own address (ListenAddress in sshd_config), or name another address with --ssh-address",
                _ => $"nothing can listen on port {from.Port} of {from.Address}: {e.Message}",
            });
        }

        _ = AcceptAsync();
    }

    public void Dispose() => listener.Dispose();

    private async Task AcceptAsync()
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

            _ = ConnectAsync(near);
        }
    }

    // A host that is down refuses, and so does this: the connection ends without a word.
    private async Task ConnectAsync(Socket near)
    {
        using (near)
        using (var far = new Socket(to.AddressFamily, SocketType.Stream, ProtocolType.Tcp))
        {
            try
            {
                await far.ConnectAsync(to);
                await Task.WhenAll(PassAsync(near, far), PassAsync(far, near));
            }
            catch (SocketException)
            {
                // It was cut.
            }
        }
    }

    private static async Task PassAsync(Socket from, Socket to)
    {
        var buffer = new byte[64 * 1024];
        try
        {
            int count;
            while ((count = await from.ReceiveAsync(buffer)) > 0)
            {
                for (var sent = 0; sent < count;)
                {
                    sent += await to.SendAsync(buffer.AsMemory(sent, count - sent));
                }
            }

            to.Shutdown(SocketShutdown.Send);
        }
        catch (SocketException)
        {
            // One end is gone: the other is told.
            from.Close();
            to.Close();
        }
        catch (ObjectDisposedException)
        {
            // Closed by the other direction.
        }
    }
}
