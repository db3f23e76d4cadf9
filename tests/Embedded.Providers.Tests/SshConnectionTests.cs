using System.Net;
using System.Net.Sockets;
using PassthroughInfra.Engine.Providers.Tests.Fixture;
using PassthroughInfra.Engine.Ssh;

namespace PassthroughInfra.Engine.Providers.Tests;

/// <summary>Dialling, sharing, losing and finding again.</summary>
public sealed class SshConnectionTests : IAsyncLifetime, IAsyncDisposable
{
    private static readonly SshPatience Patient = new();

    private readonly LoopbackSshd sshd = new();
    private readonly SshConnections ssh = new();

    public Task InitializeAsync() => Task.CompletedTask;

    Task IAsyncLifetime.DisposeAsync() => DisposeAsync().AsTask();

    public async ValueTask DisposeAsync()
    {
        await ssh.DisposeAsync();
        sshd.Dispose();
    }

    private Task<SshOutcome> RunAsync(SshTarget target, string command = "true", SshPatience? patience = null) =>
        ssh.RunAsync(target, new(command), patience ?? Patient, CancellationToken.None);

    [Fact]
    public async Task Many_commands_at_once_share_one_connection()
    {
        sshd.Start();
        var outcomes = await Task.WhenAll(Enumerable.Range(0, 20).Select(i => RunAsync(sshd.Target, $"echo {i}")));
        Assert.Equal(Enumerable.Range(0, 20).Select(i => $"{i}\n"), outcomes.Select(o => o.Stdout));
        Assert.Equal(1, sshd.Logins);
    }

    [Fact]
    public async Task A_host_that_allows_one_session_a_connection_is_given_more_connections()
    {
        using var narrow = new LoopbackSshd("MaxSessions 1").Start();
        var outcomes = await Task.WhenAll(Enumerable.Range(0, 6).Select(i => RunAsync(narrow.Target, $"sleep 0.3; echo {i}")));
        Assert.Equal(Enumerable.Range(0, 6).Select(i => $"{i}\n"), outcomes.Select(o => o.Stdout));
    }

    [Fact]
    public async Task A_session_that_is_about_to_end_makes_no_second_connection()
    {
        using var narrow = new LoopbackSshd("MaxSessions 1").Start();
        await using var patient = new SshConnections { RefusalDelay = TimeSpan.FromSeconds(3) };
        var outcomes = await Task.WhenAll(
            Enumerable.Range(0, 2).Select(i => patient.RunAsync(narrow.Target, new($"sleep 0.2; echo {i}"), Patient, CancellationToken.None)));
        Assert.Equal(["0\n", "1\n"], outcomes.Select(o => o.Stdout));
        Assert.Equal(1, narrow.Logins);
    }

    [Fact]
    public async Task A_host_that_allows_no_session_is_an_error()
    {
        using var closed = new LoopbackSshd("MaxSessions 0").Start();
        var error = await Assert.ThrowsAsync<SshException>(() => RunAsync(closed.Target));
        Assert.Contains("opens no session", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Another_user_key_or_host_key_is_another_connection()
    {
        sshd.Start();
        await RunAsync(sshd.Target);
        await RunAsync(sshd.Target with { HostKey = null });
        await RunAsync(sshd.Target with { PerDialTimeout = TimeSpan.FromSeconds(3), DialErrorLimit = 2 });
        Assert.Equal(2, sshd.Logins);
    }

    [Fact]
    public async Task A_host_that_comes_up_late_is_waited_for()
    {
        var running = RunAsync(sshd.Target with { DialErrorLimit = -1 }, "echo up");
        await Task.Delay(300);
        Assert.False(running.IsCompleted);
        sshd.Start();
        Assert.Equal("up\n", (await running).Stdout);
    }

    [Fact]
    public async Task A_host_that_stays_away_is_given_up_after_one_dial_more_than_the_limit()
    {
        var statuses = new List<string>();
        var error = await Assert.ThrowsAsync<SshException>(() => RunAsync(sshd.Target with { DialErrorLimit = 2 }, patience: new(OnStatus: statuses.Add)));
        Assert.Equal(3, statuses.Count);
        Assert.Contains("after 3 attempts", error.Message, StringComparison.Ordinal);
        Assert.Contains("Connection refused", error.Message, StringComparison.Ordinal);
        Assert.Contains("dialErrorLimit", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Commands_that_waited_for_the_same_failed_dial_fail_with_it()
    {
        var statuses = new List<string>();
        var patience = new SshPatience(OnStatus: s => { lock (statuses) statuses.Add(s); });
        var running = Enumerable.Range(0, 5).Select(_ => RunAsync(sshd.Target with { DialErrorLimit = 2 }, patience: patience)).ToArray();
        foreach (var command in running)
            await Assert.ThrowsAsync<SshException>(() => command);
        Assert.Equal(3, statuses.Count);
    }

    [Fact]
    public async Task A_custom_timeout_bounds_the_dialling()
    {
        var error = await Assert.ThrowsAsync<SshException>(() => RunAsync(sshd.Target with { DialErrorLimit = -1 }, patience: new(TimeSpan.FromSeconds(5))));
        Assert.Contains("custom timeout of 5 s", error.Message, StringComparison.Ordinal);
        Assert.Contains("Connection refused", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_request_to_stop_ends_the_dialling()
    {
        using var stop = new CancellationTokenSource(TimeSpan.FromMilliseconds(500));
        var error = await Assert.ThrowsAsync<SshException>(() => RunAsync(sshd.Target with { DialErrorLimit = -1 }, patience: new(Stopping: stop.Token)));
        Assert.Contains("stopped by request", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_host_that_accepts_and_says_nothing_is_given_up_after_the_time_for_one_dial()
    {
        using var silent = new TcpListener(IPAddress.Loopback, 0);
        silent.Start();
        var target = sshd.Target with { Port = ((IPEndPoint)silent.LocalEndpoint).Port, PerDialTimeout = TimeSpan.FromSeconds(1), DialErrorLimit = 0 };
        var error = await Assert.ThrowsAsync<SshException>(() => RunAsync(target));
        Assert.Contains("after 1 attempt in 1.", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_connection_that_is_cut_while_a_command_runs_is_an_error_and_the_command_is_not_run_again()
    {
        sshd.Start();
        using var wire = new TcpRelay(sshd.Port);
        var count = Path.Combine(sshd.Directory, "count");
        var seen = new TaskCompletionSource();
        var command = new SshCommand($"echo run >>{count}; echo begun; exec sleep 20") { OnLine = (_, _) => seen.TrySetResult() };
        var running = ssh.RunAsync(sshd.Target with { Port = wire.Port }, command, Patient, CancellationToken.None);
        await seen.Task;
        wire.Cut();
        var error = await Assert.ThrowsAsync<SshConnectionLostException>(() => running);
        Assert.Contains("was lost while a command was running", error.Message, StringComparison.Ordinal);
        Assert.Contains("begun", error.Message, StringComparison.Ordinal);
        Assert.Equal("run\n", File.ReadAllText(count));
        Assert.Equal(1, wire.Connections);
    }

    [Fact]
    public async Task A_connection_that_was_cut_while_idle_is_dialled_anew()
    {
        sshd.Start();
        using var wire = new TcpRelay(sshd.Port);
        var target = sshd.Target with { Port = wire.Port };
        await RunAsync(target);
        wire.Cut();
        Assert.Equal("again\n", (await RunAsync(target, "echo again")).Stdout);
        Assert.Equal(2, wire.Connections);
    }

    [Fact]
    public async Task A_command_that_awaits_its_host_is_never_run_on_a_connection_from_before()
    {
        sshd.Start();
        await RunAsync(sshd.Target);
        // The listener ends and the old connection lives on, as on a host that is about to reboot.
        sshd.Stop();
        Assert.Equal("still\n", (await RunAsync(sshd.Target, "echo still")).Stdout);
        var waiting = RunAsync(sshd.Target with { DialErrorLimit = -1 }, "echo new");
        await Task.Delay(500);
        Assert.False(waiting.IsCompleted);
        sshd.Start();
        Assert.Equal("new\n", (await waiting).Stdout);
        await RunAsync(sshd.Target);
        Assert.Equal(2, sshd.Logins);
    }

    [Fact]
    public async Task A_connection_goes_through_a_bastion_with_a_key_and_host_key_of_its_own()
    {
        sshd.Start();
        using var bastion = new LoopbackSshd("PermitOpen 127.0.0.1:" + sshd.Port).Start();
        var target = sshd.Target with { Proxy = bastion.Target };
        var outcomes = await Task.WhenAll(Enumerable.Range(0, 5).Select(i => RunAsync(target, $"echo {i} $SSH_CONNECTION")));
        Assert.All(outcomes, o => Assert.Contains($" {sshd.Port}", o.Stdout, StringComparison.Ordinal));
        Assert.Equal((1, 1), (sshd.Logins, bastion.Logins));
    }

    [Fact]
    public async Task A_bastion_with_another_host_key_is_an_error_that_names_the_bastion()
    {
        sshd.Start();
        using var bastion = new LoopbackSshd().Start();
        var error = await Assert.ThrowsAsync<SshException>(() => RunAsync(sshd.Target with { Proxy = bastion.Target with { HostKey = sshd.HostKey } }));
        Assert.Contains($":{bastion.Port}", error.Message, StringComparison.Ordinal);
        Assert.Contains(bastion.HostKey.Fingerprint, error.Message, StringComparison.Ordinal);
        Assert.Equal(0, bastion.Logins);
    }

    [Fact]
    public async Task A_bastion_that_cannot_reach_the_host_is_an_error_that_names_the_host()
    {
        using var bastion = new LoopbackSshd().Start();
        var error = await Assert.ThrowsAsync<SshException>(() => RunAsync(sshd.Target with { Proxy = bastion.Target, DialErrorLimit = 1 }));
        Assert.Contains($"No SSH connection to {sshd.Target} after 2 attempts", error.Message, StringComparison.Ordinal);
    }
}
