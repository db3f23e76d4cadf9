using PassthroughInfra.Engine.Providers.Tests.Fixture;
using PassthroughInfra.Engine.Ssh;

namespace PassthroughInfra.Engine.Providers.Tests;

/// <summary>
/// Logging in by password. sshd sees a shadow file of our own through libnss_wrapper (Debian package libnss-wrapper), so this user has a
/// password for it and the machine's own accounts stay as they are.
/// </summary>
public sealed class SshPasswordTests : IAsyncLifetime, IAsyncDisposable
{
    private const string Password = "pa ss 'w' \"q\" $X \\ end";

    // openssl passwd -6 -salt loopback
    private const string PasswordHash = "$6$loopback$y3Dzgs0pdEdAK4UbFSR.LlAhUmMjOwR6nvgdxBvR3nRpUBio63442.bAwMQm5x8M7Z6NnzgDcIYoZhhFD4D1t.";

    private readonly LoopbackSshd sshd = new("PasswordAuthentication yes");
    private readonly SshConnections ssh = new();

    public async Task InitializeAsync()
    {
        var shadow = Path.Combine(sshd.Directory, "shadow");
        await File.WriteAllTextAsync(shadow, $"{Environment.UserName}:{PasswordHash}:19000:0:99999:7:::\n");
        string[] library = [.. Directory.GetDirectories("/usr/lib").Append("/usr/lib").Select(d => $"{d}/libnss_wrapper.so").Where(File.Exists)];
        Assert.True(library.Length > 0, "libnss_wrapper.so is not there; apt-get install libnss-wrapper");
        sshd.Start(("LD_PRELOAD", library[0]), ("NSS_WRAPPER_SHADOW", shadow), ("NSS_WRAPPER_PASSWD", "/etc/passwd"), ("NSS_WRAPPER_GROUP", "/etc/group"));
    }

    Task IAsyncLifetime.DisposeAsync() => DisposeAsync().AsTask();

    public async ValueTask DisposeAsync()
    {
        await ssh.DisposeAsync();
        sshd.Dispose();
    }

    private Task<SshOutcome> RunAsync(SshTarget target) => ssh.RunAsync(target with { DialErrorLimit = 0 }, new("echo in"), new(), CancellationToken.None);

    [Fact]
    public async Task A_password_opens_the_host()
    {
        Assert.Equal("in\n", (await RunAsync(sshd.Target with { PrivateKey = null, Password = Password })).Stdout);
        Assert.Contains("Accepted password for", sshd.Log, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_password_is_used_after_a_key_that_the_host_does_not_know()
    {
        var stranger = File.ReadAllText(Keys.Make(Path.Combine(sshd.Directory, "stranger")));
        Assert.Equal("in\n", (await RunAsync(sshd.Target with { PrivateKey = stranger, Password = Password })).Stdout);
    }

    [Fact]
    public async Task A_wrong_password_is_asked_for_once_and_is_an_error()
    {
        var error = await Assert.ThrowsAsync<SshException>(() => RunAsync(sshd.Target with { PrivateKey = null, Password = "wrong" }));
        Assert.Contains("Permission denied", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("wrong", error.Message, StringComparison.Ordinal);
        Assert.Equal(2, sshd.Log.Split("Failed password for").Length);
    }

    [Fact]
    public async Task A_password_with_a_line_end_is_an_error()
    {
        var error = await Assert.ThrowsAsync<SshException>(() => RunAsync(sshd.Target with { PrivateKey = null, Password = "a\nb" }));
        Assert.Contains("line end", error.Message, StringComparison.Ordinal);
    }
}
