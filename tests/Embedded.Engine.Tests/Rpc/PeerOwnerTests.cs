using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using PassthroughInfra.Engine.Rpc;
using PassthroughInfra.Engine.Tests.Fixture;

namespace PassthroughInfra.Engine.Tests.Rpc;

/// <summary>Another user of the machine can dial the engine's port, and is not answered; this test is that user.</summary>
public sealed class PeerOwnerTests : IDisposable
{
    // What every HTTP/2 client begins with (RFC 9113, 3.4); a server answers with its settings.
    private const string Client = """
        exec 3<>"/dev/tcp/${0%:*}/${0#*:}" || exit 9
        printf 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\4\0\0\0\0\0' >&3
        timeout 20 head -c 9 <&3 | wc -c
        """;

    private readonly TestStack stack = new();

    public void Dispose() => stack.Dispose();

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Another_users_call_is_not_answered_and_the_own_users_is(bool isPreview)
    {
        var (own, others) = ("", "");
        var program = new ScriptedProgram(async p =>
        {
            await p.StackAsync();
            own = await DialAsync("bash", "-c", Client, p.Run.Monitor);
            // As often as they like, they are named once.
            for (var i = 0; i < 3; i++)
                others += await DialAsync("setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups", "bash", "-c", Client, p.Run.Monitor);
            await p.ResourceAsync("a");
        });
        var run = (isPreview ? await stack.PreviewAsync(program) : await stack.UpAsync(program)).Fine();
        Assert.Equal("9", own);
        Assert.Equal("000", others);
        Assert.Contains("another user of this machine (uid 65534)", Assert.Single(run.Events.Warnings), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("127.0.0.1")]
    [InlineData("::1")]
    public async Task The_owner_of_a_connection_is_known_while_it_stands_and_not_afterwards(string address)
    {
        using var listener = new TcpListener(IPAddress.Parse(address), 0);
        listener.Start();
        using var client = new TcpClient(listener.LocalEndpoint.AddressFamily);
        await client.ConnectAsync((IPEndPoint)listener.LocalEndpoint);
        using var server = await listener.AcceptSocketAsync();
        var (peer, own) = ((IPEndPoint)server.RemoteEndPoint!, (IPEndPoint)server.LocalEndPoint!);
        Assert.Equal(PeerOwner.Own, PeerOwner.Of(peer, own));
        Assert.Null(PeerOwner.Of(new(peer.Address, own.Port), own));
        client.Close();
        Assert.Null(PeerOwner.Of(peer, own));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_connection_that_was_closed_or_reset_is_no_longer_established_whoever_has_its_addresses_now(bool isReset)
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        using var client = new TcpClient();
        await client.ConnectAsync((IPEndPoint)listener.LocalEndpoint);
        using var server = await listener.AcceptSocketAsync();
        Assert.True(PeerOwner.IsEstablished(server));
        client.LingerState = new(isReset, 0);
        client.Close();
        Assert.True(SpinWait.SpinUntil(() => !PeerOwner.IsEstablished(server), TimeSpan.FromSeconds(10)));
        server.Dispose();
        Assert.False(PeerOwner.IsEstablished(server));
    }

    private static async Task<string> DialAsync(string program, params string[] words)
    {
        using var dial = Process.Start(new ProcessStartInfo(program, words) { RedirectStandardOutput = true })!;
        var output = await dial.StandardOutput.ReadToEndAsync();
        await dial.WaitForExitAsync();
        Assert.True(dial.ExitCode == 0, $"{program} ended with {dial.ExitCode}; this test becomes another user, for which it has to be root.");
        return output.Trim();
    }
}
