using System.Collections.Immutable;
using PassthroughInfra.Engine.Processes;

namespace PassthroughInfra.Engine.Ssh;

/// <summary>What ssh's log of one session says became of it.</summary>
internal enum SessionEnd
{
    /// <summary>The connection could not take it: nothing was run, another connection can be tried.</summary>
    NotStarted,

    /// <summary>The host allows no more sessions on this connection at the moment; nothing was run.</summary>
    Refused,

    /// <summary>It ended with an exit status.</summary>
    Exited,

    /// <summary>It ended without one: a signal, or the connection went.</summary>
    Vanished,
}

/// <summary>One session over a master.</summary>
internal static class SshSession
{
    // The words of mux.c. OpenSSH has no translations, and these lines have been the same since version 5.
    private const string Opened = "master session id";
    private const string HasStatus = "Received exit status from master";
    private const string RefusedByHost = "session request failed";

    /// <summary>How long a lost connection may take to be seen as lost, once a session on it ended without a status.</summary>
    private static readonly TimeSpan LossGrace = TimeSpan.FromSeconds(2);

    /// <summary>Runs a command.</summary>
    /// <returns>How it ended, and its outcome if it ran.</returns>
    /// <exception cref="SshConnectionLostException">The connection went while it ran.</exception>
    public static async Task<(SessionEnd End, SshOutcome? Outcome)> RunAsync(SshMaster master, SshWorkspace workspace, SshCommand command, CancellationToken kill)
    {
        var log = workspace.Directory.NewPath("s");
        try
        {
            var ssh = new ChildCommand("ssh", SshOptions.Session(master.Target, master.SocketPath, log, command.Environment.Keys, command.Text))
            {
                Environment = SshWorkspace.Environment([.. command.Environment.Select(v => (v.Key, v.Value))]),
                Stdin = command.Stdin,
            };
            var outcome = await ChildProcess.RunAsync(ssh, command.OnLine, kill).ConfigureAwait(false);
            var output = outcome.Output;
            var result = new SshOutcome(outcome.ExitCode, output.Stdout, output.Stderr, output.Tail(40));
            switch (EndOf(log, outcome.ExitCode))
            {
                case SessionEnd.Exited:
                    return (SessionEnd.Exited, result);
                case SessionEnd.Vanished:
                    await ThrowIfLostAsync(master, result).ConfigureAwait(false);
                    return (SessionEnd.Vanished, result with { ExitCode = null });
                case var other:
                    return (other, null);
            }
        }
        finally
        {
            File.Delete(log);
        }
    }

    /// <summary>What the log says.</summary>
    public static SessionEnd EndOf(string log, int exitCode)
    {
        var text = File.Exists(log) ? File.ReadAllText(log) : "";
        if (text.Contains(HasStatus, StringComparison.Ordinal))
            return SessionEnd.Exited;
        if (text.Contains(Opened, StringComparison.Ordinal))
            return exitCode == 255 ? SessionEnd.Vanished : SessionEnd.Exited;
        return text.Contains(RefusedByHost, StringComparison.Ordinal) ? SessionEnd.Refused : SessionEnd.NotStarted;
    }

    private static async Task ThrowIfLostAsync(SshMaster master, SshOutcome outcome)
    {
        await Task.WhenAny(master.Ended, Task.Delay(LossGrace)).ConfigureAwait(false);
        if (!master.Ended.IsCompleted)
            return;
        var said = master.Errors.Split('\n', StringSplitOptions.RemoveEmptyEntries).LastOrDefault();
        throw new SshConnectionLostException(
            $"The SSH connection to {master.Target} was lost while a command was running{(said is null ? "" : $" ({said.Trim()})")}. "
            + "It may have done its work, a part of it, or nothing, so it was not run again. Look at the host, then run the update once more."
            + (outcome.Tail.Length == 0 ? "" : $" Its last output:\n{outcome.Tail}"));
    }
}
