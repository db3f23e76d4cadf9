using PassthroughInfra.EndToEnd.Program;
using PassthroughInfra.EndToEnd.Tests.Fixture;
using PassthroughInfra.Engine.Providers.Tests.Fixture;

namespace PassthroughInfra.EndToEnd.Tests;

/// <summary>Two engines never work on one stack, wherever they run, and what a killed one has started ends with it.</summary>
public sealed class OneAtATimeTests : IDisposable
{
    private readonly CliStack stack = new();

    private string Log => Path.Combine(stack.HostDirectory, "log");

    private string[] Lines => File.Exists(Log) ? File.ReadAllLines(Log) : [];

    public void Dispose() => stack.Dispose();

    [Fact]
    public async Task A_run_is_not_pushed_aside_from_another_PID_namespace()
    {
        var go = Path.Combine(stack.HostDirectory, "go");
        stack.Declare(Slow($"echo create >> {Log}; while [ ! -e {go} ]; do sleep 0.05; done"));
        var first = stack.Start("up", "--yes", "--skip-preview");
        await Eventually.HoldsAsync(() => Lines.Length > 0, "the first run is at work");
        // There the first one's number is nobody's, or another process's.
        var second = await stack.InNamespacesAsync(["--pid", "--fork", "--mount-proc"], "cli up --yes --skip-preview");
        second.Exited(1);
        Assert.Contains("is in use by", second.Errors, StringComparison.Ordinal);
        File.WriteAllText(go, "");
        (await first.WaitAsync()).Exited(0);
        Assert.Equal(["create"], Lines);
        Assert.Equal(["slow"], stack.State.Names);
    }

    [Fact]
    public async Task The_local_script_of_an_engine_that_is_killed_ends_with_it()
    {
        stack.Declare(Slow($"trap '' TERM HUP; while :; do echo tick >> {Log}; sleep 0.05; done"));
        var run = stack.Start("up", "--yes", "--skip-preview");
        await Eventually.HoldsAsync(() => Lines.Length > 2, "the script runs");
        run.KillHard();
        Assert.Equal(137, (await run.WaitAsync()).ExitCode);
        await Eventually.HoldsAsync(() =>
        {
            var before = Lines.Length;
            Thread.Sleep(300);
            return Lines.Length == before;
        }, "the script has ended");
        stack.Declare(Slow($"echo again >> {Log}"));
        Assert.Contains("ended without finishing", (await stack.UpAsync()).Exited(0).All, StringComparison.Ordinal);
        Assert.Equal("again", Lines[^1]);
    }

    private static DeclaredCommand Slow(string create) => new() { Name = "slow", Local = true, Create = create };
}
