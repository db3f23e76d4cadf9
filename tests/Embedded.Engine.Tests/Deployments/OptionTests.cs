using PassthroughInfra.Engine.Events;
using PassthroughInfra.Engine.Tests.Fixture;
using PassthroughInfra.Engine.Values;
using PassthroughInfra.Protocol;

namespace PassthroughInfra.Engine.Tests.Deployments;

public sealed class OptionTests : IDisposable
{
    private readonly TestStack stack = new();

    public void Dispose() => stack.Dispose();

    [Fact]
    public async Task Ignored_changes_keep_what_the_state_has()
    {
        await stack.UpAsync(Program(_ => { }, ("value", "1"), ("nested", PropertyMap.Of(("x", "1"), ("y", "1")))));
        var run = (await stack.UpAsync(Program(
            r => r.IgnoreChanges.AddRange(["value", "nested.x"]), ("value", "2"), ("nested", PropertyMap.Of(("x", "2"), ("y", "2")))))).Fine();
        Assert.Equal(["update a"], run.Steps);
        var inputs = stack.State("a").Inputs;
        Assert.Equal("1", inputs.GetString("value"));
        Assert.Equal(PropertyMap.Of(("x", "1"), ("y", "2")), inputs.GetMap("nested"));
    }

    [Fact]
    public async Task Every_change_can_be_ignored()
    {
        await stack.UpAsync(Program(_ => { }, ("value", "1"), ("more", "1")));
        var run = (await stack.UpAsync(Program(r => r.IgnoreChanges.Add("*"), ("value", "2"), ("more", "2")))).Fine();
        Assert.Empty(run.Steps);
    }

    [Fact]
    public async Task A_change_at_a_named_place_replaces()
    {
        await stack.UpAsync(Program(_ => { }, ("list", PropertyValue.List("x", "y"))));
        var run = (await stack.UpAsync(Program(r => r.ReplaceOnChanges.Add("list[*]"), ("list", PropertyValue.List("x", "z"))))).Fine();
        Assert.Equal(["create-replacement a", "replace a", "delete-replaced a"], run.Steps);
    }

    [Fact]
    public async Task The_program_decides_whether_to_delete_first()
    {
        await stack.UpAsync(Program(_ => { }, ("immutable", "1")));
        await stack.UpAsync(Program(DeleteFirst(true), ("immutable", "2")));
        Assert.Equal(["create a", "delete a", "create a"], stack.Provider.Calls);
        stack.Provider.Calls.Clear();
        await stack.UpAsync(Program(DeleteFirst(false), ("immutable", "3"), ("deleteFirst", true)));
        Assert.Equal(["create a", "delete a"], stack.Provider.Calls);

        static Action<RegisterResourceRequest> DeleteFirst(bool value) => r =>
        {
            r.DeleteBeforeReplaceDefined = true;
            r.DeleteBeforeReplace = value;
        };
    }

    [Fact]
    public async Task What_is_protected_is_not_deleted_and_nothing_else_is_either()
    {
        await stack.UpAsync(new ScriptedProgram(async p =>
        {
            await p.StackAsync();
            await p.ResourceAsync("a", r => r.Protect = true);
            await p.ResourceAsync("b");
        }));
        var run = await stack.DestroyAsync();
        Assert.Equal(OperationResult.Failed, run.Result);
        Assert.Contains("because it is protected", Assert.Single(run.Errors), StringComparison.Ordinal);
        Assert.Equal(2, stack.Provider.World.Count);
    }

    [Fact]
    public async Task What_is_protected_is_not_replaced_either()
    {
        await stack.UpAsync(Program(r => r.Protect = true, ("immutable", "1")));
        var run = await stack.PreviewAsync(Program(r => r.Protect = true, ("immutable", "2")));
        Assert.Contains("unable to replace resource", Assert.Single(run.Errors), StringComparison.Ordinal);
        Assert.Equal(["replace a"], (await stack.UpAsync(Program(_ => { }, ("immutable", "2")))).Fine().Steps.Where(s => s.StartsWith("replace", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Protection_comes_from_the_parent_where_nothing_is_said()
    {
        await stack.UpAsync(new ScriptedProgram(async p =>
        {
            await p.StackAsync();
            var parent = await p.ComponentAsync("parent", r => r.Protect = true);
            await p.ResourceAsync("a", r => r.Parent = parent.Urn);
            await p.ResourceAsync("b", r =>
            {
                r.Parent = parent.Urn;
                r.Protect = false;
            });
        }));
        Assert.True(stack.State("a").Protect);
        Assert.False(stack.State("b").Protect);
    }

    [Fact]
    public async Task What_is_to_be_retained_is_forgotten_and_not_deleted()
    {
        await stack.UpAsync(Program(r => r.RetainOnDelete = true, ("value", "1")));
        (await stack.DestroyAsync()).Fine();
        Assert.Equal(["create a"], stack.Provider.Calls);
        Assert.Single(stack.Provider.World);
        Assert.Empty(stack.Snapshot.Resources);
    }

    [Fact]
    public async Task What_goes_with_another_is_not_deleted_by_itself()
    {
        await stack.UpAsync(new ScriptedProgram(async p =>
        {
            await p.StackAsync();
            var host = await p.ResourceAsync("host");
            await p.ResourceAsync("disk", r => r.DeletedWith = host.Urn);
        }));
        (await stack.DestroyAsync()).Fine();
        Assert.Equal(["create host", "create disk", "delete host"], stack.Provider.Calls);
    }

    [Fact]
    public async Task What_a_component_goes_with_its_children_go_with_too()
    {
        (await stack.UpAsync(new ScriptedProgram(async p =>
        {
            await p.StackAsync();
            var host = await p.ResourceAsync("host");
            var component = await p.ComponentAsync("component", r => r.DeletedWith = host.Urn);
            await p.ResourceAsync("child", r => r.Parent = component.Urn);
        }))).Fine();
        stack.Provider.Calls.Clear();
        (await stack.DestroyAsync()).Fine();
        Assert.Equal(["delete host"], stack.Provider.Calls);
    }

    [Fact]
    public async Task A_renamed_resource_with_an_alias_stays_the_same()
    {
        await stack.UpAsync(Program(_ => { }, ("value", "1")));
        var run = (await stack.UpAsync(new ScriptedProgram(async p =>
        {
            await p.StackAsync();
            await p.ResourceAsync("b", r => r.Aliases.Add(new Alias { Spec = new() { Name = "a" } }), ("value", "1"));
        }))).Fine();
        Assert.Equal("same 2", run.Changes);
        Assert.Equal("a-1", stack.State("b").Id);
    }

    [Fact]
    public async Task A_child_follows_its_parents_alias_by_its_name_too()
    {
        await stack.UpAsync(Family("old"));
        var run = (await stack.UpAsync(Family("new", r => r.Aliases.Add(new Alias { Spec = new() { Name = "old" } })))).Fine();
        Assert.Equal("same 3", run.Changes);
        Assert.Equal("old-disk-1", stack.State("new-disk").Id);

        static ScriptedProgram Family(string name, Action<RegisterResourceRequest>? options = null) => new(async p =>
        {
            await p.StackAsync();
            var parent = await p.ComponentAsync(name, options ?? (_ => { }));
            await p.ResourceAsync(name + "-disk", r => r.Parent = parent.Urn);
        });
    }

    [Fact]
    public async Task A_resource_moved_under_a_parent_keeps_its_identity_by_an_alias_without_parent()
    {
        await stack.UpAsync(Program(_ => { }, ("value", "1")));
        var run = (await stack.UpAsync(new ScriptedProgram(async p =>
        {
            await p.StackAsync();
            var parent = await p.ComponentAsync("parent", _ => { });
            await p.ResourceAsync("a", r =>
            {
                r.Parent = parent.Urn;
                r.Aliases.Add(new Alias { Spec = new() { NoParent = true } });
            }, ("value", "1"));
        }))).Fine();
        Assert.Equal("create 1, same 2", run.Changes);
        Assert.Equal("a-1", stack.State("a").Id);
    }

    [Fact]
    public async Task A_failed_run_leaves_no_reference_to_a_name_that_is_gone()
    {
        await stack.UpAsync(new ScriptedProgram(async p =>
        {
            await p.StackAsync();
            var a = await p.ResourceAsync("a");
            await p.ResourceAsync("user", r => r.Dependencies.Add(a.Urn));
        }));
        await stack.UpAsync(new ScriptedProgram(async p =>
        {
            await p.StackAsync();
            await p.ResourceAsync("b", r => r.Aliases.Add(new Alias { Spec = new() { Name = "a" } }));
            await p.ResourceAsync("broken", ("fail", "no"));
        }));
        Assert.Equal([stack.State("b").Urn], stack.State("user").Dependencies.ToArray());
    }

    [Fact]
    public async Task Timeouts_reach_the_provider_and_the_state_in_seconds()
    {
        await stack.UpAsync(Program(r => r.CustomTimeouts = new() { Create = "300000000000ns", Delete = "1h1m" }, ("value", "1")));
        await stack.DestroyAsync();
        Assert.Equal(TimeSpan.FromMinutes(5), stack.Provider.Timeouts["create a"]);
        Assert.Equal(TimeSpan.FromMinutes(61), stack.Provider.Timeouts["delete a"]);
    }

    [Fact]
    public async Task Options_alone_are_no_change_but_they_are_saved()
    {
        await stack.UpAsync(Program(_ => { }, ("value", "1")));
        var run = (await stack.UpAsync(Program(r => r.Protect = true, ("value", "1")))).Fine();
        Assert.Equal("same 2", run.Changes);
        Assert.Contains("\"protect\":true", stack.SavedJson, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_component_with_other_inputs_is_an_update()
    {
        await stack.UpAsync(Component("1"));
        Assert.Equal(["update c"], (await stack.UpAsync(Component("2"))).Fine().Steps);

        static ScriptedProgram Component(string value) => new(async p =>
        {
            await p.StackAsync();
            await p.ComponentAsync("c", _ => { }, ("value", value));
        });
    }

    [Fact]
    public async Task An_explicit_provider_is_configured_with_its_inputs_and_replaced_by_another_without_replacing_what_it_manages()
    {
        (await stack.UpAsync(WithProvider("qemu:///system"))).Fine();
        var run = (await stack.UpAsync(WithProvider("qemu:///session"))).Fine();
        Assert.Equal(["update p"], run.Steps);
        Assert.Equal(["configure {uri: qemu:///system}", "create a", "configure {uri: qemu:///session}"], stack.Provider.Calls);

        static ScriptedProgram WithProvider(string uri) => new(async p =>
        {
            await p.StackAsync();
            var request = p.Request("pulumi:providers:test", "p", ("uri", uri));
            request.Custom = true;
            var provider = await p.RegisterAsync(request);
            await p.ResourceAsync("a", r => r.Provider = $"{provider.Urn}::{(provider.Id.Length > 0 ? provider.Id : Signatures.Unknown)}");
        });
    }

    [Fact]
    public async Task The_default_provider_is_configured_from_the_stack_and_its_secret_values_stay_secret()
    {
        stack.Config = new(
            stack.Config.Values.Add("test:uri", "u").Add("test:token", "t0ken"), stack.Config.SecretKeys.Add("test:token"));
        (await stack.UpAsync(Program(_ => { }))).Fine();
        Assert.Equal(["configure {token: t0ken, uri: u}", "create a"], stack.Provider.Calls);
        Assert.True(stack.State("default_1_0_0").Inputs["token"].IsSecret);
    }

    private static ScriptedProgram Program(Action<RegisterResourceRequest> options, params (string Key, PropertyValue Value)[] inputs) => new(async p =>
    {
        await p.StackAsync();
        await p.ResourceAsync("a", options, inputs);
    });
}
