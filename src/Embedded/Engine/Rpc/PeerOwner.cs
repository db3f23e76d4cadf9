using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace PassthroughInfra.Engine.Rpc;

/// <summary>
/// Who is at the other end of a TCP connection within this machine. Every SDK of Pulumi dials a port of the loopback, which any user can dial too; the kernel
/// knows whose socket it is (/proc/net/tcp, proc_net_tcp in Documentation/networking).
/// </summary>
internal static class PeerOwner
{
    private const string Established = "01";

    /// <summary>The user of this process.</summary>
    public static uint Own { get; } = EffectiveUser();

    /// <summary>
    /// The user who owns the other end's socket; null where that cannot be told: it is closed already, or this is no Linux. A socket that is being closed is
    /// listed as root's, so that only an established connection counts.
    /// </summary>
    public static uint? Of(IPEndPoint peer, IPEndPoint own)
    {
        // A client's socket of the other family is listed in the other file.
        foreach (var (file, wide) in new[] { ("/proc/net/tcp", false), ("/proc/net/tcp6", true) })
        {
            var (local, remote) = (Hexadecimal(peer, wide), Hexadecimal(own, wide));
            try
            {
                foreach (var line in File.ReadLines(file))
                {
                    var fields = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
                    if (fields.Length > 7 && fields[1] == local && fields[2] == remote && fields[3] == Established)
                        return uint.Parse(fields[7], CultureInfo.InvariantCulture);
                }
            }
            catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
            {
                // No such file: nobody is known, so nobody is answered.
            }
        }
        return null;
    }

    /// <summary>Whether a connection stands. One that was closed or reset never does again, whoever has its addresses then (tcp(7): TCP_INFO begins with the state).</summary>
    public static bool IsEstablished(Socket connection)
    {
        const int tcp = 6, information = 11, established = 1;
        var state = new byte[1];
        try
        {
            return connection.GetRawSocketOption(tcp, information, state) == 1 && state[0] == established;
        }
        catch (Exception problem) when (problem is SocketException or ObjectDisposedException)
        {
            return false;
        }
    }

    /// <summary>An address as the kernel writes it: each four bytes as one number in the machine's own order, and the port.</summary>
    private static string Hexadecimal(IPEndPoint point, bool wide)
    {
        var bytes = (wide ? point.Address.MapToIPv6() : point.Address.MapToIPv4()).GetAddressBytes();
        var words = Enumerable.Range(0, bytes.Length / 4).Select(i => BitConverter.ToUInt32(bytes, i * 4).ToString("X8", CultureInfo.InvariantCulture));
        return $"{string.Concat(words)}:{point.Port.ToString("X4", CultureInfo.InvariantCulture)}";
    }

    [DllImport("libc", EntryPoint = "geteuid")]
    private static extern uint EffectiveUser();
}
