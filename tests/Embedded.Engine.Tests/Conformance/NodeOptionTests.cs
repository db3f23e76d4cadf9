using PassthroughInfra.Engine.Events;
using PassthroughInfra.Engine.Tests.Fixture;
using PassthroughInfra.Engine.Values;

namespace PassthroughInfra.Engine.Tests.Conformance;

public sealed class NodeOptionTests() : NodeCases("options")
{
    [Fact]
    public async Task Dependencies_order_creation_and_deletion()
    {
        (await UpAsync("dependsOn")).Fine();
        (await Stack.DestroyAsync()).Fine();
        Assert.Equal(["create a", "create b", "create c", "delete c", "delete b", "delete a"], Stack.Provider.Calls);
    }

    [Fact]
    public async Task What_is_protected_is_neither_replaced_nor_deleted()
    {
        (await UpAsync("protect")).Fine();
        Assert.Contains((await UpAsync("protect", 2)).Errors, e => e.Contains("unable to replace resource", StringComparison.Ordinal));
        Assert.Contains((await Stack.DestroyAsync()).Errors, e => e.Contains("because it is protected", StringComparison.Ordinal));
        Assert.Equal(["create a"], Stack.Provider.Calls);
    }

    [Fact]
    public async Task A_components_protection_is_its_childrens_unless_they_say_otherwise()
    {
        (await UpAsync("protectFromParent")).Fine();
        Assert.True(Stack.State("leaf").Protect);
        Assert.False(Stack.State("free").Protect);
        Assert.Contains((await UpAsync("protectFromParent", 2)).Errors, e => e.Contains("unable to replace resource", StringComparison.Ordinal));
    }

    [Fact]
    public async Task What_a_property_comes_from_is_in_the_state()
    {
        (await UpAsync("dependencyOfProperty")).Fine();
        var a = Stack.State("a").Urn;
        Assert.Equal([a], Stack.State("b").Dependencies.ToArray());
        Assert.Equal([a], Stack.State("b").PropertyDependencies["value"].ToArray());
        Assert.Equal([a], Stack.State("b").PropertyDependencies["list"].ToArray());
        Assert.Empty(Stack.State("b").PropertyDependencies["plain"]);
    }

    [Fact]
    public async Task What_is_retained_is_forgotten_but_stays()
    {
        (await UpAsync("retainOnDelete")).Fine();
        (await Stack.DestroyAsync()).Fine();
        Assert.Single(Stack.Provider.World);
    }

    [Fact]
    public async Task Ignored_changes_are_no_changes()
    {
        (await UpAsync("ignoreChanges")).Fine();
        (await UpAsync("ignoreChanges", 2)).Fine();
        Assert.Equal("1", Stack.State("a").Inputs.GetString("value"));
        Assert.Equal(PropertyMap.Of(("x", "1"), ("y", "2")), Stack.State("a").Inputs.GetMap("nested"));
    }

    [Fact]
    public async Task A_named_change_replaces()
    {
        (await UpAsync("replaceOnChanges")).Fine();
        Assert.Equal("replace 1, same 1", (await UpAsync("replaceOnChanges", 2)).Fine().Changes);
    }

    [Fact]
    public async Task Deleting_first_takes_replaced_users_along()
    {
        (await UpAsync("deleteBeforeReplace")).Fine();
        Assert.Equal("replace 2, same 1", (await PreviewAsync("deleteBeforeReplace", 2)).Fine().Changes);
        Stack.Provider.Calls.Clear();
        (await UpAsync("deleteBeforeReplace", 2)).Fine();
        Assert.Equal(["delete b", "delete a", "create a", "create b"], Stack.Provider.Calls);
    }

    [Fact]
    public async Task Outputs_named_as_secret_are_secret_for_the_program()
    {
        var run = (await UpAsync("additionalSecretOutputs")).Fine();
        Assert.Equal(PropertyValue.Secret("a-1:1"), run.Output("out"));
    }

    [Fact]
    public async Task Timeouts_arrive()
    {
        (await UpAsync("customTimeouts")).Fine();
        Assert.Equal(300, Stack.State("a").CustomTimeouts!.Create);
        Assert.Equal(TimeSpan.FromMinutes(5), Stack.Provider.Timeouts["create a"]);
    }

    [Theory]
    [InlineData("aliasName", "new", "old-1")]
    [InlineData("aliasUrn", "new", "old-1")]
    [InlineData("aliasParent", "a", "a-1")]
    public async Task An_alias_keeps_the_identity(string name, string now, string id)
    {
        (await UpAsync(name)).Fine();
        var run = (await UpAsync(name, 2)).Fine();
        Assert.All(run.Outcome.Changes, c => Assert.Equal(StepOp.Same, c.Key));
        Assert.Equal(id, Stack.State(now).Id);
    }

    [Fact]
    public async Task An_explicit_provider_is_shown_and_updated_in_place()
    {
        Assert.Equal("create 3", (await PreviewAsync("provider")).Fine().Changes);
        (await UpAsync("provider")).Fine();
        var run = (await UpAsync("provider", 2)).Fine();
        Assert.Equal("same 2, update 1", run.Changes);
    }

    [Fact]
    public async Task What_goes_with_its_host_is_not_deleted_by_itself()
    {
        (await UpAsync("deletedWith")).Fine();
        (await Stack.DestroyAsync()).Fine();
        Assert.Equal(["create host", "create disk", "delete host"], Stack.Provider.Calls);
    }

    [Fact]
    public async Task What_is_to_be_replaced_with_another_is()
    {
        (await UpAsync("replaceWith")).Fine();
        Assert.Equal("replace 2, same 1", (await UpAsync("replaceWith", 2)).Fine().Changes);
    }

    [Fact]
    public async Task An_existing_resource_can_be_read_by_its_ID()
    {
        Stack.Provider.World["there"] = PropertyMap.Of(("value", "v"));
        Assert.Equal("v", (await PreviewAsync("get")).Fine().Output("value")!.AsString);
        (await UpAsync("get")).Fine();
        Assert.True(Stack.State("a").External);
    }
}
