using System.Text.RegularExpressions;
using PassthroughInfra.Engine.Processes;

namespace PassthroughInfra.Engine.Ssh;

/// <summary>One logged-in SSH connection that carries many sessions (ssh_config(5), ControlMaster).</summary>
internal sealed partial class SshMaster : ISessionHost, IAsyncDisposable
{
    /// <summary>How many sessions run at once; sshd allows 10 on one connection by default (sshd_config(5), MaxSessions).</summary>
    private const int MaxSessions = 8;

    /// <summary>How long logging in may take once keys are exchanged: sshd's own default (sshd_config(5), LoginGraceTime).</summary>
    private static readonly TimeSpan LoginTimeout = TimeSpan.FromSeconds(120);

    private readonly GuardedProcess process;
    private readonly SshLease? proxy;
    private readonly SemaphoreSlim sessions = new(MaxSessions);
    private readonly Lock gate = new();
    private int leases;
    private bool retired;

    private SshMaster(SshTarget target, GuardedProcess process, string socketPath, SshLease? proxy)
    {
        Target = target;
        this.process = process;
        SocketPath = socketPath;
        this.proxy = proxy;
    }

    public SshTarget Target { get; }

    public string SocketPath { get; }

    /// <summary>Completes when the connection has gone.</summary>
    public Task Ended => process.Ended;

    /// <summary>Why it went, as far as ssh said.</summary>
    public string Errors => process.Errors;

    /// <summary>Connects and logs in, once.</summary>
    /// <param name="proxy">The connection to go through; released when this one ends, or at once if it cannot be made.</param>
    /// <exception cref="SshDialException">It did not work.</exception>
    public static async Task<SshMaster> DialAsync(SshTarget target, SshLease? proxy, SshWorkspace workspace, CancellationToken cancellation)
    {
        GuardedProcess? process = null;
        try
        {
            using var credentials = await SshCredentials.PrepareAsync(target, workspace).ConfigureAwait(false);
            cancellation.ThrowIfCancellationRequested();
            var socket = workspace.Directory.NewPath("m");
            var knownHosts = KnownHosts(target) is { } lines ? workspace.Directory.Write("h", lines) : null;
            var through = proxy is null ? null : SshOptions.Through(proxy.Master.Target, proxy.Master.SocketPath, target);
            var command = new ChildCommand("ssh", SshOptions.Master(target, credentials, socket, knownHosts, through))
            {
                Environment = SshWorkspace.Environment([.. credentials.Environment]),
            };
            process = GuardedProcess.Start(command, workspace.Directory.Path);
            using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
            if (target.PerDialTimeout > TimeSpan.Zero)
                limit.CancelAfter(target.PerDialTimeout + LoginTimeout);
            await Task.WhenAny(process.FirstOutput, process.Ended).WaitAsync(limit.Token).ConfigureAwait(false);
            if (!process.FirstOutput.IsCompleted)
                throw Failure(target, process.Errors);
            // What was said until now is the host's banner.
            process.ForgetErrors();
            return new(target, process, socket, proxy);
        }
        catch (Exception e)
        {
            if (process is not null)
                await process.DisposeAsync().ConfigureAwait(false);
            if (proxy is not null)
                await proxy.DisposeAsync().ConfigureAwait(false);
            if (e is OperationCanceledException && !cancellation.IsCancellationRequested)
                throw new SshDialException($"the login did not end within {(target.PerDialTimeout + LoginTimeout).TotalSeconds:0} s", e);
            throw;
        }
    }

    /// <summary>Takes part in the connection; null where it has gone or is to go.</summary>
    public SshLease? TryLease()
    {
        lock (gate)
        {
            if (retired || Ended.IsCompleted)
                return null;
            leases++;
            return new(this);
        }
    }

    /// <summary>Waits for room for one more session.</summary>
    public Task EnterSessionAsync(CancellationToken cancellation) => sessions.WaitAsync(cancellation);

    public void LeaveSession() => sessions.Release();

    /// <summary>Lets nobody else in; the connection is closed when the last one has left.</summary>
    public ValueTask RetireAsync()
    {
        lock (gate)
        {
            retired = true;
            if (leases > 0)
                return ValueTask.CompletedTask;
        }
        return DisposeAsync();
    }

    public async ValueTask ReleaseAsync()
    {
        lock (gate)
        {
            if (--leases > 0 || !retired)
                return;
        }
        await DisposeAsync().ConfigureAwait(false);
    }

    public async ValueTask DisposeAsync()
    {
        await process.DisposeAsync().ConfigureAwait(false);
        if (proxy is not null)
            await proxy.DisposeAsync().ConfigureAwait(false);
    }

    /// <summary>The known hosts to go by, as a copy: ssh would expand and split a path that is not ours.</summary>
    private static string? KnownHosts(SshTarget target)
    {
        if (target.HostKey is { } key)
            return key.KnownHostsLine(target.Host, target.Port);
        try
        {
            return target.KnownHostsPath is { } path ? File.ReadAllText(path) : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new SshDialException($"the known hosts, by which to know the host's key, cannot be read: {e.Message}", e) { IsPermanent = true };
        }
    }

    private static SshDialException Failure(SshTarget target, string errors)
    {
        if (target.HostKey is { } key)
        {
            if (errors.Contains("HOST IDENTIFICATION HAS CHANGED", StringComparison.Ordinal) || errors.Contains("Host key verification failed", StringComparison.Ordinal))
            {
                var shown = FingerprintPattern().Match(errors) is { Success: true } match ? match.Value : "another key";
                return new(
                    $"the host at {target.Host} port {target.Port} shows the host key {shown}, but connection.hostKey is {key}. Either it is another machine, "
                    + "or the machine was installed anew: compare with `ssh-keygen -lf /etc/ssh/ssh_host_*_key.pub` on its console, and only then change connection.hostKey")
                {
                    IsPermanent = true,
                };
            }
            if (OfferPattern().Match(errors) is { Success: true } offer)
            {
                if (key.IsRsa && offer.Groups[1].Value.Contains("rsa-sha2-", StringComparison.Ordinal))
                {
                    return new(
                        $"connection.hostKey is the RSA key of {target.Host} port {target.Port}, or another one, which is asked for with the signature ssh-rsa (SHA-1) "
                        + $"alone, as by the official provider; that host offers {offer.Groups[1].Value}. Set connection.hostKey to its ed25519 or ECDSA key, read on the host's console")
                    {
                        IsPermanent = true,
                    };
                }
                return new(
                    $"the host at {target.Host} port {target.Port} has no key of the type of connection.hostKey ({key}); it offers {offer.Groups[1].Value}. "
                    + "Set connection.hostKey to one of those keys, read on the host's console")
                {
                    IsPermanent = true,
                };
            }
        }
        if (target.KnownHostsPath is { } known && errors.Contains("Host key verification failed", StringComparison.Ordinal))
        {
            var shown = FingerprintPattern().Match(errors) is { Success: true } match
                ? $"the host key {match.Value}, another one than {known} has for it"
                : $"a host key that {known} does not have";
            return new(
                $"the host at {target.Host} port {target.Port} shows {shown}. Of several keys it is asked for its ed25519 one first, then RSA, then ECDSA. "
                + "Compare with `ssh-keygen -lf /etc/ssh/ssh_host_*_key.pub` on its console before you change that file")
            {
                IsPermanent = true,
            };
        }
        // The last line is the reason; through another host the one before it is the other's reason.
        var said = errors.Split('\n').Select(l => l.Trim()).Where(l => l.Length > 0).TakeLast(target.Proxy is null ? 1 : 2)
            .Select(l => l.StartsWith("ssh: ", StringComparison.Ordinal) ? l[5..] : l);
        return new(errors.Length == 0 ? "ssh ended without a word" : string.Join("; ", said));
    }

    [GeneratedRegex("SHA256:[A-Za-z0-9+/]{43}")]
    private static partial Regex FingerprintPattern();

    [GeneratedRegex(@"no matching host key type found\. Their offer: (\S+)")]
    private static partial Regex OfferPattern();
}

/// <summary>A part in a connection, which stays while anyone has one.</summary>
internal sealed class SshLease(SshMaster master) : IAsyncDisposable
{
    private int disposed;

    public SshMaster Master => master;

    public ValueTask DisposeAsync() => Interlocked.Exchange(ref disposed, 1) == 0 ? master.ReleaseAsync() : ValueTask.CompletedTask;
}
