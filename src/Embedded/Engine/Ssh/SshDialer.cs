using System.Diagnostics;

namespace PassthroughInfra.Engine.Ssh;

/// <summary>Dials until it works, as patiently as the target says: 0.1 s after the first failure, 1.5 times as long after each, at most 5 s.</summary>
internal static class SshDialer
{
    private const double Growth = 1.5;
    private static readonly TimeSpan FirstDelay = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan LongestDelay = TimeSpan.FromSeconds(5);

    /// <param name="dial">Makes one attempt.</param>
    /// <param name="deadline">Set when there is to be no further waiting.</param>
    /// <exception cref="SshException">No connection came about; an inner <see cref="SshDialException"/> means that the target's own limit was reached.</exception>
    /// <exception cref="OperationCanceledException">The deadline came.</exception>
    public static async Task<SshMaster> DialAsync(
        SshTarget target, Func<CancellationToken, Task<SshMaster>> dial, DialProgress progress, CancellationToken deadline)
    {
        var since = Stopwatch.StartNew();
        var delay = FirstDelay;
        while (true)
        {
            try
            {
                progress.Begin();
                return await dial(deadline).ConfigureAwait(false);
            }
            catch (SshDialException e) when (!e.IsPermanent && (target.DialErrorLimit < 0 || progress.Attempt <= target.DialErrorLimit))
            {
                progress.Fail(e.Message);
            }
            catch (EngineException e)
            {
                // A file that ssh needs cannot be written on this machine.
                throw new SshException($"No SSH connection to {target}: {e.Message} Nothing was run.", e);
            }
            catch (SshDialException e)
            {
                throw new SshException(e.IsPermanent ? $"No SSH connection to {target}: {e.Message}." : GaveUp(target, progress.Attempt, since.Elapsed, e.Message), e);
            }
            await Task.Delay(delay, deadline).ConfigureAwait(false);
            delay = delay * Growth < LongestDelay ? delay * Growth : LongestDelay;
        }
    }

    private static string GaveUp(SshTarget target, int attempts, TimeSpan time, string failure)
    {
        var remedy = failure.Contains("Permission denied", StringComparison.Ordinal)
            ? $"Check connection.user, and that the key or password is the one that {target.Host} has for it (for a key: its public half in ~/.ssh/authorized_keys there)."
            : "Check connection.host and connection.port, and that sshd runs there; for a host that is still booting raise connection.dialErrorLimit (-1 goes on for ever).";
        return $"No SSH connection to {target} after {attempts} {(attempts == 1 ? "attempt" : "attempts")} in {time.TotalSeconds:0.0} s: {failure.TrimEnd('.')}. {remedy}";
    }
}

/// <summary>How far the dialling for one command has come, and the words for when it has to end.</summary>
internal sealed class DialProgress(SshTarget target, SshPatience patience)
{
    private string? failure;

    public int Attempt { get; private set; }

    public void Begin()
    {
        Attempt++;
        patience.OnStatus?.Invoke(Attempt == 1 ? $"connecting to {target}" : $"connecting to {target}, attempt {Attempt} ({failure})");
    }

    public void Fail(string why) => failure = why;

    /// <summary>The error where the deadline came before a connection.</summary>
    public SshException Ended(Exception cause)
    {
        var tried = (Attempt, failure) switch
        {
            (0, _) => "another command is still connecting to it",
            (1, null) => "the first attempt had no answer yet",
            _ => $"attempt {Attempt}; the one before: {failure}",
        };
        return new(
            patience.Stopping.IsCancellationRequested
                ? $"No SSH connection to {target}: stopped by request ({tried}). Nothing was run."
                : $"No SSH connection to {target} within the custom timeout of {patience.Timeout?.TotalSeconds:0.#} s ({tried}). Nothing was run. If the host only needs longer, raise the timeout.",
            cause);
    }
}
