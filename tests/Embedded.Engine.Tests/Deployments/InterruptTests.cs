using PassthroughInfra.Engine.Events;
using PassthroughInfra.Engine.State;
using PassthroughInfra.Engine.Tests.Fixture;

namespace PassthroughInfra.Engine.Tests.Deployments;

public sealed class InterruptTests : IDisposable
{
    private readonly TestStack stack = new();

    public void Dispose() => stack.Dispose();

    [Fact]
    public async Task Asked_to_stop_it_finishes_what_runs_and_begins_nothing()
    {
        stack.Provider.During = what =>
        {
            stack.Stop();
            return Task.Delay(50);
        };
        var run = await stack.UpAsync(new ScriptedProgram(async p =>
        {
            await p.StackAsync();
            await p.ResourceAsync("a");
            await p.ResourceAsync("b");
        }));
        Assert.Equal(OperationResult.Stopped, run.Result);
        Assert.Equal(["create a"], stack.Provider.Calls);
        Assert.Contains(stack.Snapshot.Resources, r => r.Name == "a");
        Assert.Empty(stack.Snapshot.PendingOperations);
    }

    [Fact]
    public async Task A_program_that_hangs_is_ended_when_asked_to_stop()
    {
        var program = new ScriptedProgram(async p =>
        {
            await p.StackAsync();
            stack.Stop();
            await Task.Delay(Timeout.Infinite);
        });
        var run = await stack.UpAsync(program).WaitAsync(TimeSpan.FromSeconds(10));
        Assert.Equal(OperationResult.Stopped, run.Result);
    }

    [Fact]
    public async Task Ended_at_once_the_operation_stays_pending_and_the_next_run_says_so()
    {
        stack.Provider.During = async _ =>
        {
            stack.Abort();
            await Task.Delay(10);
        };
        ScriptedProgram Program() => new(async p =>
        {
            await p.StackAsync();
            await p.ResourceAsync("a", ("delay", 60_000));
        });
        var run = await stack.UpAsync(Program()).WaitAsync(TimeSpan.FromSeconds(10));
        Assert.NotEqual(OperationResult.Succeeded, run.Result);
        Assert.Equal("creating", Assert.Single(stack.Snapshot.PendingOperations).Type);

        using var next = new TestStack { Snapshot = stack.Snapshot };
        var again = (await next.UpAsync(new ScriptedProgram(async p =>
        {
            await p.StackAsync();
            await p.ResourceAsync("a");
        }))).Fine();
        Assert.Contains("cut off while creating 'a'", Assert.Single(again.Events.Warnings), StringComparison.Ordinal);
        // That it has been made now says nothing of what the first attempt has left.
        Assert.Equal("creating", Assert.Single(next.Snapshot.PendingOperations).Type);
    }

    [Fact]
    public async Task Every_operation_is_on_disk_before_it_begins()
    {
        stack.Provider.During = what =>
        {
            var verb = what.Split(' ')[0] switch { "create" => "creating", "update" => "updating", _ => "deleting" };
            Assert.Contains($"\"type\":\"{verb}\"}}", stack.SavedJson, StringComparison.Ordinal);
            return Task.CompletedTask;
        };
        (await stack.UpAsync(Program("1"))).Fine();
        (await stack.UpAsync(Program("2"))).Fine();
        (await stack.DestroyAsync()).Fine();

        static ScriptedProgram Program(string value) => new(async p =>
        {
            await p.StackAsync();
            await p.ResourceAsync("a", ("value", value));
        });
    }

    [Fact]
    public async Task A_state_that_cannot_be_saved_stops_the_run_before_anything_is_touched()
    {
        stack.OnSave = snapshot =>
        {
            if (!snapshot.PendingOperations.IsEmpty)
                throw new EngineException("The state cannot be written: no space left on device.");
        };
        var run = await stack.UpAsync(new ScriptedProgram(async p =>
        {
            await p.StackAsync();
            await p.ResourceAsync("a");
        }));
        Assert.Equal(OperationResult.Failed, run.Result);
        Assert.Contains(run.Errors, e => e.Contains("no space left", StringComparison.Ordinal));
        Assert.Empty(stack.Provider.Calls);
    }
}
