using PassthroughInfra.Engine.Events;
using PassthroughInfra.Engine.Tests.Fixture;
using PassthroughInfra.Engine.Values;

namespace PassthroughInfra.Engine.Tests.Deployments;

public sealed class StepTests : IDisposable
{
    private readonly TestStack stack = new();

    public void Dispose() => stack.Dispose();

    [Fact]
    public async Task A_new_resource_is_created_and_the_same_again_changes_nothing()
    {
        var program = Program(("value", "1"));
        Assert.Equal(["create demo-dev", "create a"], (await stack.UpAsync(program)).Fine().Steps);
        var again = (await stack.UpAsync(program)).Fine();
        Assert.Equal("same 2", again.Changes);
        Assert.Equal(["create a"], stack.Provider.Calls);
    }

    [Fact]
    public async Task A_preview_changes_nothing_and_saves_nothing()
    {
        var run = (await stack.PreviewAsync(Program(("value", "1")))).Fine();
        Assert.Equal("create 2", run.Changes);
        Assert.Empty(stack.Provider.Calls);
        Assert.Equal(0, stack.Saves);
    }

    [Fact]
    public async Task Nothing_is_saved_when_nothing_changed()
    {
        var program = Program(("value", "1"));
        await stack.UpAsync(program);
        var saves = stack.Saves;
        await stack.UpAsync(program);
        Assert.Equal(saves, stack.Saves);
    }

    [Fact]
    public async Task A_changed_input_is_an_update_in_place_with_the_place_of_the_change()
    {
        await stack.UpAsync(Program(("value", "1"), ("nested", PropertyMap.Of(("list", PropertyValue.List("x", "y"))))));
        var run = (await stack.UpAsync(Program(("value", "1"), ("nested", PropertyMap.Of(("list", PropertyValue.List("x", "z"))))))).Fine();
        Assert.Equal(["update a"], run.Steps);
        Assert.Equal("nested.list[1]", Assert.Single(run.Events.Ended.Single(s => s.Op == StepOp.Update).Changes).Path.ToString());
    }

    [Fact]
    public async Task What_the_program_no_longer_has_is_deleted_users_first()
    {
        await stack.UpAsync(new ScriptedProgram(async p =>
        {
            await p.StackAsync();
            var a = await p.ResourceAsync("a");
            await p.ResourceAsync("b", r => r.Dependencies.Add(a.Urn));
        }));
        var run = (await stack.UpAsync(new ScriptedProgram(p => p.StackAsync()))).Fine();
        Assert.Equal(["delete b", "delete a"], run.Steps.Where(s => !s.Contains("default", StringComparison.Ordinal)));
        Assert.Equal("delete 2, same 1", run.Changes);
    }

    [Fact]
    public async Task A_destroy_takes_everything_back_and_leaves_an_empty_state()
    {
        await stack.UpAsync(Program(("value", "1")));
        var run = (await stack.DestroyAsync()).Fine();
        Assert.Equal("delete 2", run.Changes);
        Assert.Empty(stack.Provider.World);
        Assert.Empty(stack.Snapshot.Resources);
    }

    [Fact]
    public async Task Deletions_wait_for_users_but_not_for_strangers()
    {
        await stack.UpAsync(new ScriptedProgram(async p =>
        {
            await p.StackAsync();
            var a = await p.ResourceAsync("a");
            await p.ResourceAsync("b", r => r.Dependencies.Add(a.Urn), ("delay", 300));
            await p.ResourceAsync("c", ("delay", 1));
        }));
        stack.Provider.Calls.Clear();
        (await stack.DestroyAsync()).Fine();
        Assert.Equal(["delete c", "delete b", "delete a"], stack.Provider.Calls);
    }

    [Fact]
    public async Task A_failed_step_ends_the_run_and_keeps_what_was_done()
    {
        var run = await stack.UpAsync(new ScriptedProgram(async p =>
        {
            await p.StackAsync();
            await p.ResourceAsync("a");
            await p.ResourceAsync("b", ("fail", "there is no room for b"));
            await p.ResourceAsync("c");
        }));
        Assert.Equal(OperationResult.Failed, run.Result);
        Assert.Equal(["there is no room for b"], run.Errors);
        Assert.Equal(["create a"], stack.Provider.Calls);
        Assert.DoesNotContain(stack.Snapshot.Resources, r => r.Name == "b");
        Assert.Empty(stack.Snapshot.PendingOperations);
        Assert.Contains(stack.Snapshot.Resources, r => r.Name == "a");
    }

    [Fact]
    public async Task Nothing_is_deleted_after_a_failure()
    {
        await stack.UpAsync(Program(("value", "1")));
        var run = await stack.UpAsync(new ScriptedProgram(async p =>
        {
            await p.StackAsync();
            await p.ResourceAsync("b", ("fail", "no"));
        }));
        Assert.Equal(OperationResult.Failed, run.Result);
        Assert.Single(stack.Provider.World);
        Assert.Contains(stack.Snapshot.Resources, r => r.Name == "a");
    }

    [Fact]
    public async Task A_failed_update_keeps_the_old_state_and_is_tried_again()
    {
        await stack.UpAsync(Program(("value", "1")));
        await stack.UpAsync(Program(("value", "2"), ("fail", "not now")));
        Assert.Equal("1", stack.State("a").Inputs.GetString("value"));
        Assert.Equal(["update a"], (await stack.UpAsync(Program(("value", "2")))).Fine().Steps);
    }

    [Fact]
    public async Task A_check_that_fails_names_the_property_and_touches_nothing()
    {
        var run = await stack.UpAsync(Program(("value", "invalid")));
        Assert.Equal(["test:index:Res resource 'a': property value has a problem: 'invalid' is not allowed"], run.Errors);
        Assert.Empty(stack.Provider.Calls);
    }

    [Fact]
    public async Task Two_resources_of_one_name_are_an_error()
    {
        var run = await stack.UpAsync(new ScriptedProgram(async p =>
        {
            await p.StackAsync();
            await p.ResourceAsync("a");
            await p.ResourceAsync("a");
        }));
        Assert.Equal("Duplicate resource URN 'urn:pulumi:dev::demo::test:index:Res::a'; try giving it a unique name", Assert.Single(run.Errors));
    }

    [Fact]
    public async Task An_unknown_package_is_an_error_that_says_what_there_is()
    {
        var run = await stack.PreviewAsync(new ScriptedProgram(async p =>
        {
            await p.StackAsync();
            await p.RegisterAsync(new() { Type = "aws:s3:Bucket", Name = "b", Custom = true });
        }));
        Assert.Contains("'aws'", Assert.Single(run.Errors), StringComparison.Ordinal);
        Assert.Contains("test", run.Errors[0], StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_fault_of_the_engine_or_a_provider_is_told_and_not_only_answered()
    {
        stack.OtherProviders.Add(new BrokenFactory());
        var run = await stack.PreviewAsync(new ScriptedProgram(async p =>
        {
            await p.StackAsync();
            await p.RegisterAsync(new() { Type = "broken:index:Res", Name = "b", Custom = true });
        }));
        Assert.Contains(run.Errors, e => e.Contains("which is a bug", StringComparison.Ordinal) && e.Contains("not thought of", StringComparison.Ordinal));
    }

    [Fact]
    public async Task No_more_steps_run_at_once_than_were_asked_for()
    {
        var program = new ScriptedProgram(async p =>
        {
            await p.StackAsync();
            await Task.WhenAll(Enumerable.Range(0, 12).Select(i => p.ResourceAsync($"r{i}", ("delay", 30))));
        });
        (await stack.UpAsync(program, new() { Parallel = 3 })).Fine();
        Assert.Equal(3, stack.Provider.MostAtOnce);
    }

    [Fact]
    public async Task A_resource_waits_for_its_own_step_only()
    {
        var order = new List<string>();
        var program = new ScriptedProgram(async p =>
        {
            await p.StackAsync();
            var slow = p.ResourceAsync("slow", ("delay", 400));
            await p.ResourceAsync("quick");
            order.Add("quick");
            await slow;
            order.Add("slow");
        });
        (await stack.UpAsync(program, new() { Parallel = 4 })).Fine();
        Assert.Equal(["quick", "slow"], order);
        Assert.Equal(["create quick", "create slow"], stack.Provider.Calls);
    }

    [Fact]
    public async Task Nothing_is_deleted_before_every_call_of_the_program_is_answered()
    {
        (await stack.UpAsync(Program(("value", "1")))).Fine();
        var run = await stack.UpAsync(new ScriptedProgram(async p =>
        {
            await p.StackAsync();
            // The program ends without waiting for its own resource.
            _ = p.ResourceAsync("slow", ("delay", 300));
            await Task.Delay(50);
            _ = p.ResourceAsync("a", ("value", "2"), ("delay", 1500));
            await Task.Delay(100);
        }), new() { Parallel = 1 });
        Assert.Contains(stack.Snapshot.Resources, r => r.Name == "a");
        Assert.Contains(stack.Provider.World.Keys, id => id.StartsWith("a-", StringComparison.Ordinal));
        Assert.Equal(OperationResult.Succeeded, run.Result);
    }

    private static ScriptedProgram Program(params (string Key, PropertyValue Value)[] inputs) => new(async p =>
    {
        await p.StackAsync();
        await p.ResourceAsync("a", inputs);
    });

    private sealed class BrokenFactory : Providers.IProviderFactory
    {
        public string Package => "broken";

        public string Version => "1.0.0";

        public Task<Providers.IProvider> ConfigureAsync(PropertyMap inputs, CancellationToken cancellation) => throw new InvalidOperationException("this was not thought of");
    }
}
