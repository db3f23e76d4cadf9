using System.Diagnostics;
using PassthroughInfra.Engine.Providers.Command;
using PassthroughInfra.Engine.Providers.Tests.Fixture;
using PassthroughInfra.Engine.Ssh;
using PassthroughInfra.Engine.Values;

namespace PassthroughInfra.Engine.Providers.Tests;

/// <summary>Who the host is, who we are, and that no secret shows.</summary>
public sealed class SshIdentityTests : IAsyncLifetime, IAsyncDisposable
{
    private const string Passphrase = "correct horse 'battery' \"staple\" $HOME \\";

    private readonly LoopbackSshd sshd = new LoopbackSshd().Start();
    private readonly SshConnections ssh = new();

    public Task InitializeAsync() => Task.CompletedTask;

    Task IAsyncLifetime.DisposeAsync() => DisposeAsync().AsTask();

    public async ValueTask DisposeAsync()
    {
        await ssh.DisposeAsync();
        sshd.Dispose();
    }

    private Task<SshOutcome> RunAsync(SshTarget target, string command = "echo in") =>
        ssh.RunAsync(target with { DialErrorLimit = 0 }, new(command), new(), CancellationToken.None);

    private string Path(string name) => System.IO.Path.Combine(sshd.Directory, name);

    [Fact]
    public async Task A_host_that_shows_another_key_is_refused_at_once_with_both_fingerprints()
    {
        var expected = HostKey.Parse(File.ReadAllText(Keys.Make(Path("other")) + ".pub"));
        var error = await Assert.ThrowsAsync<SshException>(
            () => ssh.RunAsync(sshd.Target with { HostKey = expected, DialErrorLimit = -1 }, new("true"), new(), CancellationToken.None));
        Assert.Contains(expected.Fingerprint, error.Message, StringComparison.Ordinal);
        Assert.Contains(sshd.HostKey.Fingerprint, error.Message, StringComparison.Ordinal);
        Assert.Contains("connection.hostKey", error.Message, StringComparison.Ordinal);
        Assert.Equal(0, sshd.Logins);
    }

    [Fact]
    public async Task A_host_without_a_key_of_the_pinned_type_is_refused_at_once()
    {
        var expected = HostKey.Parse(File.ReadAllText(Keys.Make(Path("other"), "rsa") + ".pub"));
        var error = await Assert.ThrowsAsync<SshException>(
            () => ssh.RunAsync(sshd.Target with { HostKey = expected, DialErrorLimit = -1 }, new("true"), new(), CancellationToken.None));
        Assert.Contains("it offers ssh-ed25519", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_host_with_several_keys_is_known_by_the_pinned_one()
    {
        using var other = new LoopbackSshd($"HostKey {Keys.Make(Path("host_ecdsa"), "ecdsa")}").Start();
        var key = HostKey.Parse(File.ReadAllText(Path("host_ecdsa.pub")));
        Assert.Equal("in\n", (await RunAsync(other.Target with { HostKey = key })).Stdout);
    }

    [Fact]
    public async Task An_RSA_host_key_is_asked_for_with_SHA1_alone_as_by_the_official_provider_so_a_host_of_today_is_refused_at_once()
    {
        using var other = new LoopbackSshd($"HostKey {Keys.Make(Path("host_rsa"), "rsa")}").Start();
        var pinned = other.Target with { HostKey = HostKey.Parse(File.ReadAllText(Path("host_rsa.pub"))), DialErrorLimit = -1 };
        var error = await Assert.ThrowsAsync<SshException>(() => ssh.RunAsync(pinned, new("true"), new(), CancellationToken.None));
        Assert.Contains("ssh-rsa (SHA-1)", error.Message, StringComparison.Ordinal);
        Assert.Contains("Set connection.hostKey to its ed25519 or ECDSA key", error.Message, StringComparison.Ordinal);
        using var old = new LoopbackSshd($"HostKey {Path("host_rsa")}", "HostKeyAlgorithms ssh-rsa").Start();
        Assert.Equal("in\n", (await RunAsync(old.Target with { HostKey = pinned.HostKey })).Stdout);
    }

    [Fact]
    public async Task Without_a_pinned_key_any_host_is_believed()
    {
        Assert.Equal("in\n", (await RunAsync(sshd.Target with { HostKey = null })).Stdout);
    }

    [Fact]
    public async Task A_key_that_the_host_does_not_know_is_an_error_with_the_remedy()
    {
        var error = await Assert.ThrowsAsync<SshException>(() => RunAsync(sshd.Target with { PrivateKey = File.ReadAllText(Keys.Make(Path("stranger"))) }));
        Assert.Contains("Permission denied", error.Message, StringComparison.Ordinal);
        Assert.Contains("authorized_keys", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("\r\n")]
    [InlineData("\n")]
    public async Task A_private_key_with_other_line_ends_and_none_at_the_end_is_taken(string lineEnd)
    {
        Assert.Equal("in\n", (await RunAsync(sshd.Target with { PrivateKey = sshd.UserKey.TrimEnd().ReplaceLineEndings(lineEnd) })).Stdout);
    }

    [Fact]
    public async Task An_encrypted_private_key_is_opened_by_its_passphrase()
    {
        Assert.Equal("in\n", (await RunAsync(sshd.Target with { PrivateKey = Encrypted(), PrivateKeyPassword = Passphrase })).Stdout);
    }

    [Theory]
    [InlineData("wrong", "privateKeyPassword does not open the private key")]
    [InlineData(null, "is encrypted; set privateKeyPassword")]
    public async Task A_wrong_or_missing_passphrase_is_an_error(string? passphrase, string expected)
    {
        var error = await Assert.ThrowsAsync<SshException>(() => RunAsync(sshd.Target with { PrivateKey = Encrypted(), PrivateKeyPassword = passphrase }));
        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_is_no_private_key_is_an_error_that_does_not_show_it()
    {
        var error = await Assert.ThrowsAsync<SshException>(() => RunAsync(sshd.Target with { PrivateKey = "hunter2" }));
        Assert.Contains("the private key cannot be used", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("hunter2", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_keys_of_an_agent_are_used_where_there_is_no_private_key()
    {
        var socket = Path("agent");
        using var agent = Process.Start(new ProcessStartInfo("ssh-agent", ["-D", "-a", socket]) { RedirectStandardOutput = true })!;
        try
        {
            await Eventually.HoldsAsync(() => File.Exists(socket), "the agent listens");
            var add = new ProcessStartInfo("ssh-add", ["-q", sshd.UserKeyPath]);
            add.Environment["SSH_AUTH_SOCK"] = socket;
            using var adding = Process.Start(add)!;
            await adding.WaitForExitAsync();
            Assert.Equal("in\n", (await RunAsync(sshd.Target with { PrivateKey = null, AgentSocketPath = socket })).Stdout);
        }
        finally
        {
            agent.Kill();
        }
    }

    [Fact]
    public async Task An_agent_that_does_not_answer_is_an_error_that_names_its_socket()
    {
        var error = await Assert.ThrowsAsync<SshException>(() => RunAsync(sshd.Target with { PrivateKey = null, AgentSocketPath = Path("nobody") }));
        Assert.Contains(Path("nobody"), error.Message, StringComparison.Ordinal);
        Assert.Contains("connection.agentSocketPath", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_agent_that_is_named_has_to_answer_though_there_is_a_key_as_with_the_official_provider()
    {
        var dead = sshd.Target with { AgentSocketPath = Path("nobody") };
        var error = await Assert.ThrowsAsync<SshException>(() => RunAsync(dead with { AgentMustAnswer = true }));
        Assert.Contains(Path("nobody"), error.Message, StringComparison.Ordinal);
        Assert.True(ConnectionInput.Target(PropertyMap.Of(("host", "h"))).AgentMustAnswer);
        // The libvirt provider goes on without.
        Assert.Equal("in\n", (await RunAsync(dead)).Stdout);
    }

    [Fact]
    public async Task No_secret_is_in_the_arguments_or_environment_of_any_process_and_none_on_disk()
    {
        const string password = "pass-phrase-that-must-not-show";
        var done = Path("done");
        var seen = new TaskCompletionSource();
        var key = Encrypted();
        var target = sshd.Target with { PrivateKey = key, PrivateKeyPassword = Passphrase, Password = password };
        var command = new SshCommand($"echo begun; while [ ! -e {done} ]; do sleep 0.05; done") { OnLine = (_, _) => seen.TrySetResult(), Stdin = "stdin-secret" };
        var running = ssh.RunAsync(target, command, new(), CancellationToken.None);
        await seen.Task;
        // Not this test's own process: it holds them in memory, and xunit's arguments are no concern of ours.
        var visible = Directory.EnumerateDirectories("/proc").Where(d => int.TryParse(System.IO.Path.GetFileName(d), out var id) && id != Environment.ProcessId)
            .SelectMany(d => new[] { $"{d}/cmdline", $"{d}/environ" }).Select(ReadIfThere).ToArray();
        var files = Directory.EnumerateFiles(ssh.PrivateDirectory, "*", SearchOption.AllDirectories)
            .Where(f => (File.GetUnixFileMode(f) & UnixFileMode.OtherRead) == 0).Select(ReadIfThere).ToArray();
        File.WriteAllText(done, "");
        await running;
        Assert.Contains(visible, v => v.Contains("ControlPersist=no", StringComparison.Ordinal));
        Assert.NotEmpty(files);
        foreach (var secret in new[] { password, Passphrase, "stdin-secret", key.Split('\n')[2] })
        {
            Assert.DoesNotContain(visible, v => v.Contains(secret, StringComparison.Ordinal));
            Assert.DoesNotContain(files, f => f.Contains(secret, StringComparison.Ordinal));
        }
    }

    [Fact]
    public async Task Nothing_is_left_when_the_connections_are_disposed_of()
    {
        await RunAsync(sshd.Target);
        var directory = ssh.PrivateDirectory;
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(directory));
        await ssh.DisposeAsync();
        Assert.False(Directory.Exists(directory));
        Assert.DoesNotContain(Directory.EnumerateDirectories("/proc").Select(d => ReadIfThere($"{d}/cmdline")), c => c.Contains(directory, StringComparison.Ordinal));
    }

    private string Encrypted()
    {
        var path = Keys.Make(Path("encrypted"), passphrase: Passphrase);
        File.AppendAllText(Path("authorized_keys"), File.ReadAllText(path + ".pub"));
        return File.ReadAllText(path);
    }

    private static string ReadIfThere(string path)
    {
        try
        {
            // Named pipes and sockets are not to be read.
            return path.StartsWith("/proc/", StringComparison.Ordinal) || new FileInfo(path).Length > 0 ? File.ReadAllText(path) : "";
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return "";
        }
    }
}
