using System.Buffers.Binary;
using System.Net.Sockets;
using PassthroughInfra.Engine.Ssh;

namespace PassthroughInfra.Engine.Providers.Tests;

/// <summary>What is made of each way in which a master can answer, or not: a command counts as not started only where that is proven.</summary>
public sealed class MuxProtocolTests : IDisposable
{
    private const uint Hello = 1, Failure = 0x80000003, Exit = 0x80000004, Opened = 0x80000006;

    private readonly string directory = Directory.CreateTempSubdirectory("mux-").FullName;

    private string SocketPath => Path.Combine(directory, "m");

    public void Dispose() => Directory.Delete(directory, recursive: true);

    [Fact]
    public async Task A_master_that_is_gone_was_asked_for_nothing() => Assert.Equal((SessionEnd.NotStarted, null), await RunAsync());

    [Fact]
    public async Task A_master_that_ends_before_it_greets_was_asked_for_nothing()
    {
        using var master = Serve();
        Assert.Equal((SessionEnd.NotStarted, null), await RunAsync());
    }

    [Fact]
    public async Task A_master_that_speaks_another_version_is_asked_for_nothing_and_the_error_says_so()
    {
        using var master = Serve(new MuxMessage().Add(Hello).Add(5));
        var error = await Assert.ThrowsAsync<SshException>(RunAsync);
        Assert.Contains("version 5", error.Message, StringComparison.Ordinal);
        Assert.Contains("Nothing was run", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_master_that_ends_after_it_was_asked_may_have_started_the_command()
    {
        using var master = Serve(new MuxMessage().Add(Hello).Add(4));
        var error = await Assert.ThrowsAsync<SshConnectionLostException>(RunAsync);
        Assert.Contains("not run again", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_refusal_is_known_by_its_number_whatever_its_words()
    {
        using var master = Serve(new MuxMessage().Add(Hello).Add(4), new MuxMessage().Add(Failure).Add(0).Add("Sitzung abgelehnt"));
        Assert.Equal((SessionEnd.Refused, null), await RunAsync());
    }

    [Fact]
    public async Task An_answer_that_is_not_known_here_is_no_reason_to_run_the_command_again()
    {
        using var master = Serve(new MuxMessage().Add(Hello).Add(4), new MuxMessage().Add(0x8000000f).Add(0));
        var error = await Assert.ThrowsAsync<SshException>(RunAsync);
        Assert.Contains("not run again", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_session_that_ends_with_its_master_and_without_a_status_is_lost()
    {
        using var master = Serve(new MuxMessage().Add(Hello).Add(4), new MuxMessage().Add(Opened).Add(0).Add(1));
        await Assert.ThrowsAsync<SshConnectionLostException>(RunAsync);
    }

    [Fact]
    public async Task A_status_of_255_is_the_commands_own()
    {
        using var master = Serve(new MuxMessage().Add(Hello).Add(4), new MuxMessage().Add(Opened).Add(0).Add(1), new MuxMessage().Add(Exit).Add(1).Add(255));
        var (end, outcome) = await RunAsync();
        Assert.Equal((SessionEnd.Ran, 255), (end, outcome?.ExitCode));
    }

    private Task<(SessionEnd End, SshOutcome? Outcome)> RunAsync() =>
        SshSession.RunAsync(new Host(new() { Host = "gpu-host" }, SocketPath, Task.CompletedTask, ""), new("true"), new CancellationTokenSource(TimeSpan.FromSeconds(30)).Token);

    /// <summary>Answers one conversation: the first message at once, the others when a whole request is there; then it ends.</summary>
    private Socket Serve(params MuxMessage[] answers)
    {
        var listener = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        listener.Bind(new UnixDomainSocketEndPoint(SocketPath));
        listener.Listen();
        _ = Task.Run(async () =>
        {
            using var peer = await listener.AcceptAsync();
            listener.Close();
            foreach (var (at, answer) in answers.Index())
            {
                if (at == 1)
                    await TakeRequestAsync(peer);
                var packet = new byte[4 + answer.Bytes.Length];
                BinaryPrimitives.WriteUInt32BigEndian(packet, (uint)answer.Bytes.Length);
                answer.Bytes.CopyTo(packet, 4);
                await peer.SendAsync(packet);
            }
            if (answers.Length == 1)
                await TakeRequestAsync(peer);
        });
        return listener;
    }

    /// <summary>A greeting, a request, and a byte for each of the three streams.</summary>
    private static async Task TakeRequestAsync(Socket peer)
    {
        var stream = new NetworkStream(peer);
        for (var i = 0; i < 2; i++)
        {
            var head = new byte[4];
            await stream.ReadExactlyAsync(head);
            await stream.ReadExactlyAsync(new byte[BinaryPrimitives.ReadUInt32BigEndian(head)]);
        }
        await stream.ReadExactlyAsync(new byte[3]);
    }

    private sealed record Host(SshTarget Target, string SocketPath, Task Ended, string Errors) : ISessionHost;
}
