using PassthroughInfra.EndToEnd.Program;
using PassthroughInfra.EndToEnd.Tests.Fixture;
using PassthroughInfra.Engine.Providers.Tests.Fixture;

namespace PassthroughInfra.EndToEnd.Tests;

/// <summary>The host, or the way to it, fails in the middle of an update.</summary>
public sealed class HostFaultTests : IDisposable
{
    private readonly LoopbackSshd host = new LoopbackSshd().Start();

    public void Dispose() => host.Dispose();

    [Fact]
    public async Task A_connection_that_is_cut_in_the_middle_of_a_command_is_an_error_that_says_so_and_the_rest_is_kept()
    {
        using var relay = new TcpRelay(host.Port);
        using var stack = new CliStack(host, relay.Port);
        var begun = Path.Combine(stack.HostDirectory, "begun");
        stack.Declare(
            Append(stack, "first", ""),
            // Cut off, it is still at work on the host: on a busy machine until after the second update.
            Append(stack, "cut", $"[ -e {begun} ] || {{ touch {begun}; sleep 30; exit 1; }}; ") with { DependsOn = ["first"] },
            Append(stack, "last", "") with { DependsOn = ["cut"] });
        var run = stack.Start("up", "--yes", "--skip-preview");
        await Eventually.HoldsAsync(() => File.Exists(begun), "the command has begun");
        relay.Cut();
        var result = (await run.WaitAsync()).Exited(1);
        Assert.Contains("command:remote:Command (cut):", result.Output, StringComparison.Ordinal);
        Assert.Contains("connection", result.Output, StringComparison.Ordinal);
        Assert.Equal(["first"], stack.State.Names);
        Assert.Empty(stack.State.Pending);

        (await stack.UpAsync()).Exited(0);
        Assert.Equal(["cut", "first", "last"], stack.State.Names);
        Assert.Equal(["first", "cut", "last"], File.ReadAllLines(Path.Combine(stack.HostDirectory, "log")));
    }

    [Fact]
    public async Task A_host_with_another_key_gets_nothing_and_the_state_stays_as_it_was()
    {
        using var stack = new CliStack(host);
        stack.Declare(Append(stack, "first", ""));
        (await stack.UpAsync()).Exited(0);
        var pinned = host.HostKey.ToString();
        host.Stop();
        foreach (var file in Directory.GetFiles(host.Directory, "host_ed25519*"))
            File.Delete(file);
        Keys.Make(Path.Combine(host.Directory, "host_ed25519"));
        host.Start();

        stack.Declare(Append(stack, "first", ""), Append(stack, "second", ""));
        var result = (await stack.UpAsync()).Exited(1);
        Assert.Contains("shows the host key SHA256:", result.Output, StringComparison.Ordinal);
        Assert.Contains(pinned, result.Output, StringComparison.Ordinal);
        Assert.Contains("only then change connection.hostKey", result.Output, StringComparison.Ordinal);
        Assert.Equal(["first"], stack.State.Names);
        Assert.Empty(stack.State.Pending);
        Assert.Equal(["first"], File.ReadAllLines(Path.Combine(stack.HostDirectory, "log")));
    }

    [Fact]
    public async Task Of_two_runs_at_once_the_second_ends_at_once_and_says_who_holds_the_stack()
    {
        using var stack = new CliStack(host);
        var (begun, go) = (Path.Combine(stack.HostDirectory, "begun"), Path.Combine(stack.HostDirectory, "go"));
        stack.Declare(Append(stack, "slow", $"touch {begun}; while [ ! -e {go} ]; do sleep 0.05; done; "));
        var first = stack.Start("up", "--yes", "--skip-preview");
        await Eventually.HoldsAsync(() => File.Exists(begun), "the first run has begun");

        var second = (await stack.UpAsync()).Exited(1);
        Assert.Contains($"Stack 'dev' is in use by {Environment.UserName}@{Environment.MachineName} (pid {first.Id}", second.Errors, StringComparison.Ordinal);
        Assert.Contains("passthrough cancel --stack dev", second.Errors, StringComparison.Ordinal);
        Assert.Empty(stack.State.Names);
        // To look is allowed.
        (await stack.RunAsync("preview")).Exited(0);

        File.WriteAllText(go, "");
        (await first.WaitAsync()).Exited(0);
        Assert.Equal(["slow"], stack.State.Names);
        Assert.Equal(["slow"], File.ReadAllLines(Path.Combine(stack.HostDirectory, "log")));
        (await stack.UpAsync("--expect-no-changes")).Exited(0);
    }

    private static DeclaredCommand Append(CliStack stack, string name, string before) => new() { Name = name, Create = $"{before}echo {name} >> {stack.HostDirectory}/log" };
}
