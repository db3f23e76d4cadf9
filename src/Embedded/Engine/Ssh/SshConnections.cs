using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Diagnostics;
using System.Text;

namespace PassthroughInfra.Engine.Ssh;

/// <summary>
/// Runs commands on hosts over SSH, one connection a host. Everything it starts ends, and every file it makes is removed, when it is
/// disposed of; and also when this process is killed.
/// </summary>
public sealed class SshConnections : IAsyncDisposable
{
    // A connection that was good when it was taken can be gone at the first use; one that was just made should not be.
    private const int MostRestarts = 3;

    private readonly SshWorkspace workspace;
    private readonly ConcurrentDictionary<SshTarget, SshMaster> masters = new();
    private readonly ConcurrentDictionary<SshTarget, Turn> turns = new();
    private readonly ConcurrentBag<SshMaster> made = [];

    public SshConnections()
        : this(null)
    {
    }

    /// <param name="temporary">The directory for sockets and known hosts; null is the one for temporary files (TMPDIR).</param>
    internal SshConnections(string? temporary) => workspace = new(temporary);

    /// <summary>
    /// How long to wait before a connection on which a session was refused is asked once more: sshd counts a session whose client has
    /// ended until it has cleaned up after it.
    /// </summary>
    internal TimeSpan RefusalDelay { get; init; } = TimeSpan.FromMilliseconds(500);

    /// <summary>Where sockets and known hosts are kept meanwhile.</summary>
    internal string PrivateDirectory => workspace.Directory.Path;

    /// <summary>
    /// Runs a command on a host. Only the dialling is tried again, never a command that has begun.
    /// </summary>
    /// <param name="kill">Ends the command at once.</param>
    /// <exception cref="SshException">The command is too long, no connection came about, or it was lost while the command ran.</exception>
    /// <exception cref="OperationCanceledException">Killed.</exception>
    public async Task<SshOutcome> RunAsync(SshTarget target, SshCommand command, SshPatience patience, CancellationToken kill)
    {
        CheckLength(command);
        SshOutcome? outcome = null;
        await OverMasterAsync(target, patience, async master =>
        {
            (var end, outcome) = await SshSession.RunAsync(master, command, kill).ConfigureAwait(false);
            return end;
        }, kill).ConfigureAwait(false);
        return outcome!;
    }

    /// <summary>Which of some variables the host's sshd does not take (sshd_config(5), AcceptEnv).</summary>
    /// <exception cref="SshException">No connection came about, or it was lost.</exception>
    public async Task<ImmutableArray<string>> RefusedVariablesAsync(SshTarget target, ImmutableArray<string> names, SshPatience patience, CancellationToken kill)
    {
        // ssh does not say what sshd thought of a variable (RFC 4254, 6.4, want reply), so look whether it arrives. The value is no secret.
        var probe = new SshCommand("env") { Environment = names.ToImmutableSortedDictionary(n => n, _ => "1") };
        var outcome = await RunAsync(target, probe, patience, kill).ConfigureAwait(false);
        var arrived = outcome.Stdout.Split('\n');
        return [.. names.Where(n => !arrived.Contains($"{n}=1"))];
    }

    public async ValueTask DisposeAsync()
    {
        // Those that go through others first, so that each can say goodbye.
        foreach (var master in made.OrderBy(m => m.Target.Proxy is null))
            await master.DisposeAsync().ConfigureAwait(false);
        await workspace.DisposeAsync().ConfigureAwait(false);
    }

    /// <summary>Uses a connection for one session, and another one where the first turns out to be dead.</summary>
    /// <param name="session">Runs the session and says how it ended; called again where nothing was run.</param>
    internal async Task OverMasterAsync(SshTarget target, SshPatience patience, Func<SshMaster, Task<SessionEnd>> session, CancellationToken kill)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(kill, patience.Stopping);
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(stop.Token);
        if (patience.Timeout is { } timeout)
            deadline.CancelAfter(timeout);
        var progress = new DialProgress(target, patience);
        var end = SessionEnd.NotStarted;
        var sharing = target.AwaitsHost ? Sharing.WithLaterOnes : Sharing.WithAll;
        SshMaster? refusedBy = null;
        var askAgain = false;
        for (var restarts = 0; restarts <= MostRestarts; restarts++)
        {
            SshLease taken;
            try
            {
                if (askAgain)
                    await Task.Delay(RefusalDelay, deadline.Token).ConfigureAwait(false);
                taken = await LeaseAsync(target, sharing, progress, deadline.Token).ConfigureAwait(false);
            }
            catch (OperationCanceledException e) when (!kill.IsCancellationRequested)
            {
                throw progress.Ended(e);
            }
            await using var lease = taken;
            end = await InTurnAsync(taken.Master, progress, session, stop.Token, kill).ConfigureAwait(false);
            if (end == SessionEnd.Ran)
                return;
            askAgain = end == SessionEnd.Refused && sharing == Sharing.WithAll && refusedBy is null;
            if (askAgain)
            {
                refusedBy = taken.Master;
                continue;
            }
            // Refused again means that the host allows fewer sessions on one connection than are open on this: have one for this command alone.
            sharing = end == SessionEnd.Refused ? Sharing.WithNobody : sharing;
            await DropAsync(taken.Master).ConfigureAwait(false);
        }
        throw new SshException(end == SessionEnd.Refused
            ? $"{target} lets us log in but opens no session. Nothing was run. Does its sshd_config have MaxSessions 0, or something that ends sessions at once?"
            : $"The SSH connection to {target} was lost {MostRestarts + 1} times as soon as it was made. Nothing was run. Look at sshd's log on the host.");
    }

    /// <summary>A host's sshd gives the command to the user's shell as one argument, which Linux bounds (MAX_ARG_STRLEN, execve(2)).</summary>
    private static void CheckLength(SshCommand command)
    {
        if (command.Text.Contains('\0', StringComparison.Ordinal))
            throw new SshException("The command holds a NUL character, which no argument of a program can. Nothing was run. Put the data in `stdin`.");
        if (Encoding.UTF8.GetByteCount(command.Text) is var length and >= SshCommand.LongestText)
        {
            throw new SshException(
                $"The command has {length} bytes; Linux takes less than {SshCommand.LongestText} ({SshCommand.LongestText / 1024} KiB) in one argument. "
                + "Nothing was run. Put the script in `stdin` and run it with `sh -s`.");
        }
    }

    private static async Task<SessionEnd> InTurnAsync(
        SshMaster master, DialProgress progress, Func<SshMaster, Task<SessionEnd>> session, CancellationToken stop, CancellationToken kill)
    {
        try
        {
            await master.EnterSessionAsync(stop).ConfigureAwait(false);
        }
        catch (OperationCanceledException e) when (!kill.IsCancellationRequested)
        {
            throw progress.Ended(e);
        }
        try
        {
            return await session(master).ConfigureAwait(false);
        }
        finally
        {
            master.LeaveSession();
        }
    }

    private async Task<SshLease> LeaseAsync(SshTarget target, Sharing sharing, DialProgress progress, CancellationToken deadline)
    {
        if (sharing != Sharing.WithAll)
            return await DialAsync(target, sharing, progress, deadline).ConfigureAwait(false);
        if (Existing(target) is { } lease)
            return lease;
        // One dials and the others wait for it; where it fails, it fails for all that waited.
        var turn = turns.GetOrAdd(target.Identity, _ => new());
        var asked = Stopwatch.GetTimestamp();
        await turn.Gate.WaitAsync(deadline).ConfigureAwait(false);
        try
        {
            if (Existing(target) is { } made)
                return made;
            if (turn.Failure is { } failure && failure.Time > asked && failure.Limit >= target.DialErrorLimit)
                throw new SshException(failure.Why.Message, failure.Why);
            return await DialAsync(target, sharing, progress, deadline).ConfigureAwait(false);
        }
        catch (SshException e) when (e.InnerException is SshDialException)
        {
            turn.Failure = (Stopwatch.GetTimestamp(), target.DialErrorLimit, e);
            throw;
        }
        finally
        {
            turn.Gate.Release();
        }
    }

    private SshLease? Existing(SshTarget target) => masters.TryGetValue(target.Identity, out var master) ? master.TryLease() : null;

    private async Task<SshLease> DialAsync(SshTarget target, Sharing sharing, DialProgress progress, CancellationToken deadline)
    {
        var master = await SshDialer.DialAsync(target, async cancellation =>
        {
            var proxy = target.Proxy is { } bastion ? await LeaseAsync(bastion, Sharing.WithAll, new(bastion, new()), cancellation).ConfigureAwait(false) : null;
            return await SshMaster.DialAsync(target, proxy, workspace, cancellation).ConfigureAwait(false);
        }, progress, deadline).ConfigureAwait(false);
        made.Add(master);
        var lease = master.TryLease() ?? throw new SshException($"The SSH connection to {target} was lost as soon as it was made: {master.Errors}");
        if (sharing == Sharing.WithNobody)
        {
            await master.RetireAsync().ConfigureAwait(false);
            return lease;
        }
        SshMaster? replaced = null;
        masters.AddOrUpdate(target.Identity, master, (_, old) =>
        {
            replaced = old;
            return master;
        });
        if (replaced is not null)
            await replaced.RetireAsync().ConfigureAwait(false);
        return lease;
    }

    private async Task DropAsync(SshMaster master)
    {
        masters.TryRemove(KeyValuePair.Create(master.Target.Identity, master));
        await master.RetireAsync().ConfigureAwait(false);
    }

    /// <summary>With whom a command shares its connection.</summary>
    private enum Sharing
    {
        WithAll,

        /// <summary>It dials anew, and what it dials is there for those that come after it.</summary>
        WithLaterOnes,

        WithNobody,
    }

    private sealed class Turn
    {
        public SemaphoreSlim Gate { get; } = new(1);

        public (long Time, int Limit, SshException Why)? Failure { get; set; }
    }
}
