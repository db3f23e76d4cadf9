using System.Diagnostics;
using PassthroughInfra.Engine.Providers.Tests.Fixture;
using PassthroughInfra.Engine.Ssh;

namespace PassthroughInfra.Engine.Providers.Tests;

/// <summary>A command is run once, or not at all, or nobody says that it was not: the command itself counts its runs on the host.</summary>
public sealed class RunOnceTests : IDisposable
{
    private static readonly SshPatience Patient = new();

    private readonly LoopbackSshd sshd = new LoopbackSshd().Start();

    private string Count => Path.Combine(sshd.Directory, "count");

    private int Runs => File.Exists(Count) ? File.ReadAllLines(Count).Length : 0;

    public void Dispose() => sshd.Dispose();

    [Fact]
    public async Task A_full_directory_for_temporary_files_runs_nothing_twice()
    {
        var small = Directory.CreateTempSubdirectory("full-").FullName;
        Mount("mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", small);
        try
        {
            await using var ssh = new SshConnections(small);
            Assert.Equal("in\n", (await ssh.RunAsync(sshd.Target, new("echo in"), Patient, CancellationToken.None)).Stdout);
            Fill(Path.Combine(small, "filler"));
            var outcome = await ssh.RunAsync(sshd.Target, new($"echo run >>{Count}; cat; exit 3") { Stdin = "given" }, Patient, CancellationToken.None);
            Assert.Equal((3, "given", 1), (outcome.ExitCode, outcome.Stdout, Runs));
        }
        finally
        {
            Mount("umount", "-l", small);
            Directory.Delete(small);
        }
    }

    [Fact]
    public async Task A_full_directory_for_temporary_files_lets_no_connection_come_about_and_says_so()
    {
        var small = Directory.CreateTempSubdirectory("full-").FullName;
        Mount("mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", small);
        try
        {
            Fill(Path.Combine(small, "filler"));
            await using var ssh = new SshConnections(small);
            var error = await Assert.ThrowsAsync<SshException>(() => ssh.RunAsync(sshd.Target, new($"echo run >>{Count}"), Patient, CancellationToken.None));
            Assert.Contains("No space left on device", error.Message, StringComparison.Ordinal);
            Assert.Contains("TMPDIR", error.Message, StringComparison.Ordinal);
            Assert.Equal(0, Runs);
        }
        finally
        {
            Mount("umount", "-l", small);
            Directory.Delete(small);
        }
    }

    [Fact]
    public async Task Every_exit_status_is_told_from_a_lost_connection()
    {
        await using var ssh = new SshConnections();
        foreach (var status in new[] { 0, 1, 127, 128, 254, 255 })
            Assert.Equal(status, (await ssh.RunAsync(sshd.Target, new($"exit {status}"), Patient, CancellationToken.None)).ExitCode);
        Assert.Null((await ssh.RunAsync(sshd.Target, new("kill -9 $$"), Patient, CancellationToken.None)).ExitCode);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(6)]
    [InlineData(7)]
    [InlineData(8)]
    [InlineData(9)]
    public async Task A_connection_that_is_cut_at_any_moment_runs_a_command_at_most_once_and_a_success_means_once(int moment)
    {
        using var wire = new TcpRelay(sshd.Port);
        await using var ssh = new SshConnections();
        var target = sshd.Target with { Port = wire.Port };
        await ssh.RunAsync(target, new("true"), Patient, CancellationToken.None);
        wire.CutAfter(moment);
        var command = new SshCommand($"echo run >>{Count}; cat; echo done") { Stdin = "given\n" };
        try
        {
            var outcome = await ssh.RunAsync(target, command, Patient, CancellationToken.None);
            Assert.Equal((0, "given\ndone\n", 1), (outcome.ExitCode, outcome.Stdout, Runs));
        }
        catch (SshConnectionLostException lost)
        {
            Assert.Contains("it was not run again", lost.Message, StringComparison.Ordinal);
            // What the host was asked it may still be about to do.
            await Task.Delay(300);
            Assert.InRange(Runs, 0, 1);
            Assert.Equal(1, wire.Connections);
        }
    }

    [Theory]
    [InlineData(128 * 1024, "131072 bytes")]
    [InlineData(400_000, "400000 bytes")]
    public async Task A_command_that_no_Linux_takes_as_an_argument_is_refused_before_anything_is_dialled(int length, string expected)
    {
        await using var ssh = new SshConnections();
        var error = await Assert.ThrowsAsync<SshException>(() => ssh.RunAsync(sshd.Target, new(LongCommand(length)), Patient, CancellationToken.None));
        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
        Assert.Contains("`stdin`", error.Message, StringComparison.Ordinal);
        Assert.Equal((0, 0), (Runs, sshd.Logins));
    }

    [Fact]
    public async Task The_longest_command_that_Linux_takes_runs()
    {
        await using var ssh = new SshConnections();
        Assert.Equal(0, (await ssh.RunAsync(sshd.Target, new(LongCommand((128 * 1024) - 1)), Patient, CancellationToken.None)).ExitCode);
        Assert.Equal(1, Runs);
    }

    [Fact]
    public async Task An_empty_command_is_no_shell_that_reads_the_standard_input()
    {
        await using var ssh = new SshConnections();
        var outcome = await ssh.RunAsync(sshd.Target, new("") { Stdin = $"echo run >>{Count}\n" }, Patient, CancellationToken.None);
        Assert.Equal((0, 0), (outcome.ExitCode, Runs));
    }

    private string LongCommand(int length) => $"echo run >>{Count} #".PadRight(length, 'x');

    private static void Fill(string file)
    {
        try
        {
            File.WriteAllBytes(file, new byte[128 * 1024]);
        }
        catch (IOException)
        {
            // Full now, as is wanted.
        }
    }

    private static void Mount(params string[] words)
    {
        using var run = Process.Start(words[0], words[1..]);
        run.WaitForExit();
        Assert.True(run.ExitCode == 0, "This test mounts a small file system, for which it has to be root.");
    }
}
