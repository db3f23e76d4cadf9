using System.Diagnostics;
using PassthroughInfra.EndToEnd.Tests.Fixture;
using PassthroughInfra.Engine.Providers.Tests.Fixture;
using Xunit.Abstractions;

namespace PassthroughInfra.EndToEnd.Tests;

/// <summary>
/// kill -9 at random moments of an update over SSH.
///
/// What "nothing is created twice" can mean: a creation that the state records as completed is never run again. One that was cut off is
/// another matter. The engine writes to the state that it is about to create before it does, so the state names it (as a pending
/// operation, as the CLI has it), but nobody can know how far the command came: the host may have done all of it, a part, or nothing.
/// Commands are therefore at least once: the next update says that it was cut off, and runs it again. Not to run it again would leave a
/// part of a machine that nothing repairs; the scripts of this project are idempotent for that reason.
/// </summary>
[Trait("Length", "minutes")]
public sealed class KillTests(ITestOutputHelper output) : IDisposable
{
    private const int Seed = 20_260_414;

    // Each takes seconds, so an ordinary run has ten of them; `./test --all` sets the variable.
    private static readonly int Kills = Environment.GetEnvironmentVariable("PASSTHROUGH_TEST_ALL") is { Length: > 0 } ? 50 : 10;

    private readonly LoopbackSshd host = new LoopbackSshd().Start();

    public void Dispose() => host.Dispose();

    [Fact]
    public async Task Killed_at_random_moments_the_state_is_whole_and_one_more_update_ends_as_wanted()
    {
        var random = new Random(Seed);
        using var stack = new CliStack(host);
        var world = new KillableWorld(stack.HostDirectory);
        var (kills, generation) = (0, 0);
        while (kills < Kills)
        {
            stack.Declare(world.Generation(++generation));
            for (var inARow = random.Next(5, 11); inARow > 0 && kills < Kills; inARow--)
            {
                if (await KilledAsync(stack, world, random))
                    kills++;
                world.Check(stack.State, afterKill: true);
            }
            var pending = stack.State.PendingNames;
            var run = (await stack.UpAsync()).Exited(0);
            foreach (var operation in pending)
                Assert.Contains($"cut off while {operation.Split(' ')[0]} '{operation.Split(' ')[1]}'", run.Output, StringComparison.Ordinal);
            var state = stack.State;
            world.Check(state, afterKill: false);
            world.CheckComplete(generation);
            // What became of a creation that was cut off only a person can tell.
            Assert.All(state.PendingNames, p => Assert.StartsWith("creating ", p, StringComparison.Ordinal));
            (await stack.RunAsync("refresh", "--yes", "--skip-preview", "--clear-pending-creates")).Exited(0);
            Assert.Empty(stack.State.Pending);
            Assert.Equal(world.Generation(generation).Select(c => c.Name).Order(StringComparer.Ordinal), state.Names);
            Assert.DoesNotContain(state.Resources, r => r!["delete"] is not null || r["pendingReplacement"] is not null);
        }
        (await stack.RunAsync("preview", "--expect-no-changes")).Exited(0);
        output.WriteLine($"{kills} kills over {generation} generations: {world.CutOffs} creations cut off, {world.Repeated} of them run again, none that was recorded");
        // A test in which nothing was ever cut off would prove nothing.
        Assert.True(world.CutOffs > Kills / 10, $"only {world.CutOffs} creations were cut off by {kills} kills");
        Assert.Empty(Directory.GetFiles(Path.GetDirectoryName(stack.StateFile)!, "*.tmp*"));
        await Eventually.HoldsAsync(() => Left(stack.Root).Length == 0, $"nothing is left running: {string.Join("; ", Left(stack.Root))}");
    }

    /// <summary>Starts an update and kills it: mostly once some commands have begun or ended, else after a random time. False where it was done before.</summary>
    private static async Task<bool> KilledAsync(CliStack stack, KillableWorld world, Random random)
    {
        var begun = world.Lines;
        var (byTime, lines, delay) = (random.Next(5) == 0, random.Next(10), TimeSpan.FromMilliseconds(random.Next(25)));
        var time = TimeSpan.FromMilliseconds(random.Next(1500));
        var clock = Stopwatch.StartNew();
        var run = stack.Start("up", "--yes", "--skip-preview");
        while (!run.HasExited && (byTime ? clock.Elapsed < time : world.Lines < begun + lines + 1))
            await Task.Delay(2);
        await Task.Delay(delay);
        run.KillHard();
        var result = await run.WaitAsync();
        Assert.True(result.ExitCode is 0 or 137, $"exit code {result.ExitCode}:\n{result.All}");
        return result.ExitCode == 137;
    }

    /// <summary>The processes of this machine that were started for the stack's directory.</summary>
    private static string[] Left(string directory) =>
    [
        .. Directory.GetDirectories("/proc").Where(p => int.TryParse(Path.GetFileName(p), out var pid) && pid != Environment.ProcessId).Select(p =>
        {
            try
            {
                var command = File.ReadAllText(Path.Combine(p, "cmdline")).Replace('\0', ' ');
                return command.Contains(directory, StringComparison.Ordinal) || File.ReadAllText(Path.Combine(p, "environ")).Contains(directory, StringComparison.Ordinal) ? command : "";
            }
            catch (Exception gone) when (gone is IOException or UnauthorizedAccessException)
            {
                return "";
            }
        }).Where(c => c.Length > 0),
    ];
}
