using System.Collections.Immutable;
using System.IO.Pipes;
using System.Runtime.InteropServices;
using System.Text;
using PassthroughInfra.Engine.Processes;

namespace PassthroughInfra.Engine.Ssh;

/// <summary>What became of one session.</summary>
internal enum SessionEnd
{
    /// <summary>Proven: the connection was gone before the host was asked. Another connection can be tried.</summary>
    NotStarted,

    /// <summary>Proven: the host allows no more sessions on this connection at the moment.</summary>
    Refused,

    /// <summary>It ran; it ended with an exit status, or by a signal.</summary>
    Ran,
}

/// <summary>The connection that carries a session.</summary>
internal interface ISessionHost
{
    SshTarget Target { get; }

    /// <summary>Where it takes requests.</summary>
    string SocketPath { get; }

    /// <summary>Completes when the connection has gone.</summary>
    Task Ended { get; }

    /// <summary>Why it went, as far as ssh said.</summary>
    string Errors { get; }
}

/// <summary>
/// One session over a master. Whether a command was started is never guessed: it was not where the master says so or could not be asked, and in every
/// other case it may have been.
/// </summary>
internal static class SshSession
{
    // PROTOCOL.mux of OpenSSH.
    private const uint PermissionDenied = 0x80000002;
    private const uint Failure = 0x80000003;
    private const uint ExitMessage = 0x80000004;
    private const uint SessionOpened = 0x80000006;

    /// <summary>How long a master that is there may take to answer whether it is, once a session on it ended without a status.</summary>
    private static readonly TimeSpan AnswerTimeout = TimeSpan.FromSeconds(10);

    private static readonly TimeSpan LastWords = TimeSpan.FromSeconds(2);

    private const string MayHaveRun =
        "The command may have done its work, a part of it, or nothing, so it was not run again. Look at the host, then run the update once more.";

    /// <summary>Runs a command.</summary>
    /// <returns>What became of it, and its outcome if it ran.</returns>
    /// <exception cref="SshConnectionLostException">The connection went while it was started or ran.</exception>
    public static async Task<(SessionEnd End, SshOutcome? Outcome)> RunAsync(ISessionHost master, SshCommand command, CancellationToken kill)
    {
        kill.ThrowIfCancellationRequested();
        using var mux = await MuxSocket.ConnectAsync(master.SocketPath, kill).ConfigureAwait(false);
        if (mux is null)
            return (SessionEnd.NotStarted, null);
        using var stdin = new AnonymousPipeServerStream(PipeDirection.Out, HandleInheritability.None);
        using var stdout = new AnonymousPipeServerStream(PipeDirection.In, HandleInheritability.None);
        using var stderr = new AnonymousPipeServerStream(PipeDirection.In, HandleInheritability.None);
        ImmutableArray<AnonymousPipeServerStream> pipes = [stdin, stdout, stderr];
        bool asked;
        try
        {
            asked = await mux.RequestSessionAsync(
                command.Text, command.Environment.Select(v => $"{v.Key}={v.Value}"), [.. pipes.Select(p => (SafeHandle)p.ClientSafePipeHandle)], kill)
                .ConfigureAwait(false);
        }
        finally
        {
            // The master has its own copies now; an output ends when those are closed.
            foreach (var pipe in pipes)
                pipe.DisposeLocalCopyOfClientHandle();
        }

        if (!asked)
            return (SessionEnd.NotStarted, null);
        if (await mux.ReceiveAsync(kill).ConfigureAwait(false) is not { } answer)
            throw await LostAsync(master, "started", "").ConfigureAwait(false);
        switch (answer.Number())
        {
            case Failure or PermissionDenied:
                return (SessionEnd.Refused, null);
            case SessionOpened:
                return (SessionEnd.Ran, await FinishAsync(master, mux, command, stdin, stdout, stderr, kill).ConfigureAwait(false));
            case var other:
                throw new SshException(
                    $"The ssh of this machine answered the request for a session on {master.Target} by a message of type {other:x}, which is not known. {MayHaveRun}");
        }
    }

    private static async Task<SshOutcome> FinishAsync(
        ISessionHost master, MuxSocket mux, SshCommand command, Stream stdin, Stream stdout, Stream stderr, CancellationToken kill)
    {
        var output = new OutputCapture();
        var streams = Task.WhenAll(
            FeedAsync(stdin, command.Stdin),
            ChildProcess.PumpAsync(stdout, OutputPipe.Stdout, output, command.OnLine),
            ChildProcess.PumpAsync(stderr, OutputPipe.Stderr, output, command.OnLine));
        int? status = null;
        while (await mux.ReceiveAsync(kill).ConfigureAwait(false) is { } message)
        {
            // The session's number, of which a conversation has one, and the status.
            if (message.Number() == ExitMessage && message.Number() is var _)
                status = (int)message.Number();
        }
        await streams.WaitAsync(kill).ConfigureAwait(false);
        var outcome = new SshOutcome(status, output.Stdout, output.Stderr, output.Tail(40)) { LongestLines = output.LongestLines };
        // Without a status, either a signal ended the command or the connection went.
        return status is not null || await MasterAnswersAsync(master, kill).ConfigureAwait(false)
            ? outcome
            : throw await LostAsync(master, "running", outcome.Tail).ConfigureAwait(false);
    }

    private static async Task<bool> MasterAnswersAsync(ISessionHost master, CancellationToken kill)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(kill);
        limit.CancelAfter(AnswerTimeout);
        try
        {
            return await MuxSocket.AnswersAsync(master.SocketPath, limit.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!kill.IsCancellationRequested)
        {
            return false;
        }
    }

    private static async Task FeedAsync(Stream stdin, string? text)
    {
        try
        {
            if (!string.IsNullOrEmpty(text))
                await stdin.WriteAsync(Encoding.UTF8.GetBytes(text)).ConfigureAwait(false);
            await stdin.DisposeAsync().ConfigureAwait(false);
        }
        catch (IOException)
        {
            // The command ended, or closed its input, without reading it all; how it ended says whether that is an error.
        }
    }

    private static async Task<SshConnectionLostException> LostAsync(ISessionHost master, string when, string tail)
    {
        // It says why only when it has ended.
        await Task.WhenAny(master.Ended, Task.Delay(LastWords)).ConfigureAwait(false);
        var said = master.Errors.Split('\n', StringSplitOptions.RemoveEmptyEntries).LastOrDefault();
        return new(
            $"The SSH connection to {master.Target} was lost while a command was {when}{(said is null ? "" : $" ({said.Trim()})")}. {MayHaveRun}"
            + (tail.Length == 0 ? "" : $" Its last output:\n{tail}"));
    }
}
