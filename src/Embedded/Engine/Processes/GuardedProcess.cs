using System.Collections.Immutable;

namespace PassthroughInfra.Engine.Processes;

/// <summary>
/// A helper that runs in the background for as long as this process does, and no longer: its guard holds a pipe from this process, and
/// when that closes, for whatever reason (kill -9 included), it removes the private directory and ends the helper's process group.
/// </summary>
internal sealed class GuardedProcess : IAsyncDisposable
{
    // The words after "guard" are the directory and the helper. The helper takes the shell's place, so its exit is seen at once.
    internal const string Guard = """
        directory=$1; shift; exec 3<&0
        ( cat <&3 >/dev/null 2>&1; rm -rf -- "$directory"; kill -TERM 0 ) >/dev/null 2>&1 &
        exec "$@" </dev/null 3<&-
        """;

    private const int KeptLines = 50;

    private readonly ChildProcess child;
    private readonly Queue<string> errors = new();
    private readonly Lock gate = new();
    private readonly TaskCompletionSource firstOutput = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int disposed;

    private GuardedProcess(ChildProcess child)
    {
        this.child = child;
        Ended = WatchAsync();
    }

    /// <summary>Completes when the helper has ended, however.</summary>
    public Task Ended { get; }

    /// <summary>Completes when the helper has written to its standard output.</summary>
    public Task FirstOutput => firstOutput.Task;

    /// <summary>The last lines the helper wrote to its standard error.</summary>
    public string Errors
    {
        get
        {
            lock (gate)
                return string.Join('\n', errors);
        }
    }

    /// <summary>Begins <see cref="Errors"/> anew.</summary>
    public void ForgetErrors()
    {
        lock (gate)
            errors.Clear();
    }

    /// <param name="command">The helper; its standard input is empty.</param>
    /// <param name="directory">Removed when this process is gone.</param>
    public static GuardedProcess Start(ChildCommand command, string directory)
    {
        ImmutableArray<string> words = ["-c", Guard, "guard", directory, command.Program, .. command.Arguments];
        return new(ChildProcess.Start(command with { Program = "/bin/sh", Arguments = words }));
    }

    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref disposed, 1) == 0)
        {
            // The guard goes with the group before it can see its pipe close: the directory still serves others.
            await child.EndAsync().ConfigureAwait(false);
            await Ended.ConfigureAwait(false);
            child.Dispose();
        }
    }

    private async Task WatchAsync()
    {
        var output = Task.Run(async () =>
        {
            var buffer = new byte[4096];
            while (await child.Stdout.ReadAsync(buffer).ConfigureAwait(false) > 0)
                firstOutput.TrySetResult();
        });
        var lines = new LineSplitter(Keep);
        var error = Task.Run(async () =>
        {
            var buffer = new byte[4096];
            int count;
            while ((count = await child.Stderr.ReadAsync(buffer).ConfigureAwait(false)) > 0)
                lines.Add(buffer.AsSpan(0, count));
        });
        await child.WaitAsync(CancellationToken.None).ConfigureAwait(false);
        await child.EndAsync().ConfigureAwait(false);
        await Task.WhenAll(output, error).ConfigureAwait(false);
        lines.Finish();
    }

    private void Keep(string line)
    {
        lock (gate)
        {
            errors.Enqueue(line);
            if (errors.Count > KeptLines)
                errors.Dequeue();
        }
    }
}
