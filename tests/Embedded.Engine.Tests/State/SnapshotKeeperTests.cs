using PassthroughInfra.Engine.State;

namespace PassthroughInfra.Engine.Tests.State;

public sealed class SnapshotKeeperTests
{
    [Fact]
    public async Task Changes_that_come_together_share_one_write()
    {
        var writes = 0;
        using var first = new ManualResetEventSlim();
        using var go = new ManualResetEventSlim();
        var keeper = new SnapshotKeeper(Snapshot.Empty, _ =>
        {
            Interlocked.Increment(ref writes);
            first.Set();
            go.Wait();
        });
        var tasks = new List<Task> { keeper.PutAsync(null, null, State("r0")) };
        first.Wait();
        tasks.AddRange(Enumerable.Range(1, 50).Select(i => keeper.PutAsync(null, null, State($"r{i}"))));
        go.Set();
        await Task.WhenAll(tasks);
        Assert.Equal(2, writes);
        Assert.Equal(51, keeper.Current.Resources.Length);
    }

    [Fact]
    public async Task Whoever_waits_for_a_write_that_fails_is_told_and_the_next_write_has_it_all()
    {
        var full = true;
        Snapshot? saved = null;
        var keeper = new SnapshotKeeper(Snapshot.Empty, s => saved = full ? throw new EngineException("disk full") : s);
        await Assert.ThrowsAsync<EngineException>(() => keeper.PutAsync(null, null, State("a")));
        full = false;
        await keeper.FinishAsync();
        Assert.Single(saved!.Resources);
    }

    [Fact]
    public async Task A_creation_that_an_earlier_run_left_unfinished_is_not_settled_by_the_next_one()
    {
        var pending = new PendingOperation(State("a"), "creating");
        var keeper = new SnapshotKeeper(Snapshot.Empty with { PendingOperations = [pending] }, _ => { });
        var operation = new PendingOperation(State("a"), "creating");
        await keeper.BeginAsync(operation);
        Assert.Equal([pending, operation], keeper.Current.PendingOperations.ToArray());
        await keeper.PutAsync(operation, null, State("a"));
        Assert.Equal([pending], keeper.Current.PendingOperations.ToArray());
    }

    [Fact]
    public async Task An_operation_that_could_not_be_recorded_is_taken_back_and_the_next_write_is_without_it()
    {
        var full = true;
        var saved = new List<Snapshot>();
        var earlier = new PendingOperation(State("a"), "creating");
        var keeper = new SnapshotKeeper(Snapshot.Empty with { PendingOperations = [earlier] }, s => saved.Add(full ? throw new EngineException("disk full") : s));
        var operation = new PendingOperation(State("a"), "creating");
        await Assert.ThrowsAsync<EngineException>(() => keeper.BeginAsync(operation));
        keeper.Withdraw(operation);
        full = false;
        await keeper.FinishAsync();
        // The one that an earlier run began stays.
        Assert.Same(earlier, Assert.Single(Assert.Single(saved).PendingOperations));
    }

    private static ResourceState State(string name) => new() { Urn = $"urn:pulumi:dev::demo::test:index:Res::{name}", Type = "test:index:Res" };
}
