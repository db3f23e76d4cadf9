using System.Text;
using PassthroughInfra.Engine.Deployments;
using PassthroughInfra.Engine.Events;
using PassthroughInfra.Engine.Secrets;
using PassthroughInfra.Engine.State;
using PassthroughInfra.Engine.Tests.Fixture;
using PassthroughInfra.Engine.Values;
using PassthroughInfra.Protocol;

namespace PassthroughInfra.Engine.Tests.Deployments;

/// <summary>The state is whole after every save, whatever fails (the fixture checks each), and what stays undone is decided as the CLI does.</summary>
public sealed class WholeStateTests : IDisposable
{
    private static readonly DeploymentOptions GoOn = new() { ContinueOnError = true };

    private readonly TestStack stack = new();

    public void Dispose() => stack.Dispose();

    [Fact]
    public async Task A_failing_update_under_a_new_alias_leaves_the_old_name_everywhere_and_destroy_keeps_the_order()
    {
        (await stack.UpAsync(Renamed("old", ("value", "1")))).Fine();
        var run = await stack.UpAsync(Renamed("new", ("value", "2"), ("fail", "no")));
        Assert.Equal(OperationResult.Failed, run.Result);
        Assert.Equal([stack.State("old").Urn], stack.State("b").Dependencies.ToArray());
        stack.Provider.Calls.Clear();
        (await stack.DestroyAsync()).Fine();
        Assert.Equal(["delete b", "delete old"], stack.Provider.Calls);
    }

    [Fact]
    public async Task A_failing_replacement_under_a_new_alias_leaves_the_old_name_everywhere()
    {
        (await stack.UpAsync(Renamed("old", ("immutable", "1")))).Fine();
        await stack.UpAsync(Renamed("new", ("immutable", "2"), ("fail", "no")));
        Assert.Equal([stack.State("old").Urn], stack.State("b").Dependencies.ToArray());
        (await stack.UpAsync(Renamed("new", ("immutable", "2")))).Fine();
        Assert.Equal([stack.State("new").Urn], stack.State("b").Dependencies.ToArray());
    }

    [Fact]
    public async Task Going_on_after_a_failure_deletes_what_the_program_no_longer_has()
    {
        (await stack.UpAsync(Two(("value", "1")))).Fine();
        stack.Provider.Calls.Clear();
        var run = await stack.UpAsync(new ScriptedProgram(async p =>
        {
            await p.StackAsync();
            await p.ResourceAsync("a", ("value", "2"), ("fail", "no"));
        }), GoOn);
        Assert.Equal(OperationResult.Failed, run.Result);
        Assert.Equal(["delete b"], stack.Provider.Calls);
        Assert.Equal(["demo-dev", "default_1_0_0", "a"], stack.Snapshot.Resources.Select(r => r.Name));
    }

    [Fact]
    public async Task Going_on_after_a_failure_keeps_what_the_failed_resource_uses_and_what_uses_it()
    {
        (await stack.UpAsync(new ScriptedProgram(async p =>
        {
            await p.StackAsync();
            var used = await p.ResourceAsync("used");
            var a = await p.ResourceAsync("a", r => r.Dependencies.Add(used.Urn), ("value", "1"));
            await p.ResourceAsync("user", r => r.Dependencies.Add(a.Urn));
            await p.ResourceAsync("other");
        }))).Fine();
        stack.Provider.Calls.Clear();
        await stack.UpAsync(new ScriptedProgram(async p =>
        {
            await p.StackAsync();
            await p.ResourceAsync("a", ("value", "2"), ("fail", "no"));
        }), GoOn);
        Assert.Equal(["delete other"], stack.Provider.Calls);
    }

    [Fact]
    public async Task Going_on_after_a_failure_keeps_what_was_passed_over_under_another_name()
    {
        (await stack.UpAsync(new ScriptedProgram(async p =>
        {
            await p.StackAsync();
            await p.ResourceAsync("a", ("value", "1"));
            await p.ResourceAsync("old");
        }))).Fine();
        stack.Provider.Calls.Clear();
        await stack.UpAsync(new ScriptedProgram(async p =>
        {
            await p.StackAsync();
            var a = await p.ResourceAsync("a", ("value", "2"), ("fail", "no"));
            await p.ResourceAsync("new", r =>
            {
                r.Dependencies.Add(a.Urn);
                r.Aliases.Add(new Alias { Spec = new() { Name = "old" } });
            });
        }), GoOn);
        Assert.Empty(stack.Provider.Calls);
        Assert.Contains(stack.Snapshot.Resources, r => r.Name == "old");
    }

    [Fact]
    public async Task Going_on_after_a_failed_replacement_keeps_what_was_to_be_replaced()
    {
        (await stack.UpAsync(Two(("immutable", "1")))).Fine();
        stack.Provider.Calls.Clear();
        await stack.UpAsync(Two(("immutable", "2"), ("fail", "no")), GoOn);
        Assert.Empty(stack.Provider.Calls);
        Assert.Contains(stack.Snapshot.Resources, r => r.Name == "a");
    }

    [Fact]
    public async Task A_creation_that_was_cut_off_stays_pending_until_somebody_says_what_became_of_it()
    {
        stack.Snapshot = Snapshot.Empty with { PendingOperations = [Cut("a", "creating"), Cut("b", "updating")] };
        var run = (await stack.RefreshAsync()).Fine();
        Assert.Equal(["creating a"], Pending());
        Assert.Equal(["creating a"], PendingOnDisk());
        var warning = run.Events.Warnings.Single(w => w.Contains("cut off while creating 'a'", StringComparison.Ordinal));
        Assert.Contains("--clear-pending-creates", warning, StringComparison.Ordinal);
        (await stack.UpAsync(Two(("value", "1")))).Fine();
        Assert.Equal(["creating a"], PendingOnDisk());
        (await stack.RefreshAsync(new() { ClearPendingCreates = true })).Fine();
        Assert.Empty(Pending());
        Assert.Empty(PendingOnDisk());
    }

    [Fact]
    public async Task A_creation_that_is_tried_again_and_cut_off_again_is_pending_once_more()
    {
        stack.Snapshot = Snapshot.Empty with { PendingOperations = [Cut("a", "creating")] };
        stack.Provider.During = _ =>
        {
            Assert.Equal(["creating a", "creating a"], PendingOnDisk());
            return Task.CompletedTask;
        };
        (await stack.UpAsync(new ScriptedProgram(async p =>
        {
            await p.StackAsync();
            await p.ResourceAsync("a");
        }))).Fine();
        Assert.Equal(["creating a"], Pending());
    }

    [Fact]
    public async Task An_update_that_was_cut_off_is_settled_by_a_run_that_ends_well()
    {
        stack.Snapshot = Snapshot.Empty with { PendingOperations = [Cut("gone", "updating"), Cut("gone", "deleting")] };
        (await stack.UpAsync(Two(("value", "1")))).Fine();
        Assert.Empty(Pending());
        Assert.Empty(PendingOnDisk());
    }

    [Fact]
    public async Task A_state_that_cannot_be_saved_after_a_failure_does_not_hide_the_failure()
    {
        var isFull = false;
        stack.OnSave = _ =>
        {
            if (isFull)
                throw new EngineException("the disk is full");
        };
        stack.Provider.During = _ =>
        {
            isFull = true;
            return Task.CompletedTask;
        };
        var run = await stack.UpAsync(Two(("fail", "there is no room")));
        Assert.Contains("there is no room", run.Errors);
        Assert.Contains("the disk is full", run.Errors);
    }

    [Fact]
    public void What_the_CLI_refuses_is_found()
    {
        var a = State("a");
        var user = State("user") with { Dependencies = [a.Urn] };
        Assert.Null(SnapshotIntegrity.Fault(Of(a, user)));
        Assert.Contains("comes before", SnapshotIntegrity.Fault(Of(user, a)), StringComparison.Ordinal);
        Assert.Contains("is missing", SnapshotIntegrity.Fault(Of(user)), StringComparison.Ordinal);
        Assert.Contains("is missing", SnapshotIntegrity.Fault(Of(State("a") with { Parent = user.Urn })), StringComparison.Ordinal);
        Assert.Contains("is there twice", SnapshotIntegrity.Fault(Of(a, State("a"))), StringComparison.Ordinal);
        Assert.Null(SnapshotIntegrity.Fault(Of(a, State("a") with { Delete = true })));
        Assert.Contains("is there twice", SnapshotIntegrity.Fault(Of(State("a") with { Delete = true }, a)), StringComparison.Ordinal);
        var provided = a with { Provider = "urn:pulumi:dev::demo::pulumi:providers:test::p::id" };
        Assert.Contains("refers to the provider", SnapshotIntegrity.Fault(Of(provided)), StringComparison.Ordinal);
    }

    private static Snapshot Of(params ResourceState[] states) => Snapshot.Empty with { Resources = [.. states] };

    private static ResourceState State(string name) => new() { Urn = $"urn:pulumi:dev::demo::test:index:Res::{name}", Type = "test:index:Res", Custom = true };

    private static PendingOperation Cut(string name, string type) => new(State(name), type);

    private string[] Pending() => PendingOf(stack.Snapshot);

    private string[] PendingOnDisk() => PendingOf(CheckpointReader.Read(Encoding.UTF8.GetBytes(stack.SavedJson), "test", _ => PlainCrypter.Instance));

    private static string[] PendingOf(Snapshot snapshot) => [.. snapshot.PendingOperations.Select(p => $"{p.Type} {p.Resource.Name}")];

    private static ScriptedProgram Two(params (string, PropertyValue)[] inputs) => new(async p =>
    {
        await p.StackAsync();
        await p.ResourceAsync("a", inputs);
        await p.ResourceAsync("b");
    });

    private static ScriptedProgram Renamed(string name, params (string, PropertyValue)[] inputs) => new(async p =>
    {
        await p.StackAsync();
        var a = await p.ResourceAsync(name, r =>
        {
            if (name != "old")
                r.Aliases.Add(new Alias { Spec = new() { Name = "old" } });
        }, inputs);
        await p.ResourceAsync("b", r => r.Dependencies.Add(a.Urn));
    });
}
