using PassthroughInfra.Engine.Events;
using PassthroughInfra.Engine.Tests.Fixture;
using PassthroughInfra.Engine.Values;

namespace PassthroughInfra.Engine.Tests.Deployments;

public sealed class ReplacementTests : IDisposable
{
    private readonly TestStack stack = new();

    public void Dispose() => stack.Dispose();

    [Fact]
    public async Task A_change_that_needs_it_creates_the_replacement_first_and_deletes_the_old_at_the_end()
    {
        await stack.UpAsync(Program(("immutable", "1")));
        var run = (await stack.UpAsync(Program(("immutable", "2")))).Fine();
        Assert.Equal(["create-replacement a", "replace a", "delete-replaced a"], run.Steps);
        Assert.Equal("replace 1, same 1", run.Changes);
        Assert.Equal(["create a", "create a", "delete a"], stack.Provider.Calls);
        Assert.Equal("a-2", Assert.Single(stack.Provider.World).Key);
    }

    [Fact]
    public async Task A_provider_can_ask_to_delete_before_it_replaces()
    {
        await stack.UpAsync(Program(("immutable", "1")));
        var run = (await stack.UpAsync(Program(("immutable", "2"), ("deleteFirst", true)))).Fine();
        Assert.Equal(["delete-replaced a", "replace a", "create-replacement a"], run.Steps);
        Assert.Equal(["create a", "delete a", "create a"], stack.Provider.Calls);
    }

    [Fact]
    public async Task A_deletion_that_fails_after_a_replacement_is_tried_again()
    {
        await stack.UpAsync(Program(("immutable", "1"), ("failDelete", "still in use")));
        var run = await stack.UpAsync(Program(("immutable", "2")));
        Assert.Equal(["still in use"], run.Errors);
        var old = Assert.Single(stack.Snapshot.Resources, r => r.Delete);
        // Whoever was in the way is gone now.
        stack.Snapshot = stack.Snapshot with { Resources = stack.Snapshot.Resources.Replace(old, old with { Inputs = old.Inputs.Without("failDelete") }) };
        var again = (await stack.UpAsync(Program(("immutable", "2")))).Fine();
        Assert.Equal(["delete-replaced a"], again.Steps);
        Assert.Equal("a-2", Assert.Single(stack.Provider.World).Key);
    }

    [Fact]
    public async Task A_replacement_that_fails_after_its_deletion_is_created_by_the_next_run()
    {
        await stack.UpAsync(Program(("immutable", "1")));
        await stack.UpAsync(Program(("immutable", "2"), ("deleteFirst", true), ("fail", "no room")));
        Assert.True(stack.State("a").PendingReplacement);
        Assert.Empty(stack.Provider.World);
        var run = (await stack.UpAsync(Program(("immutable", "2"), ("deleteFirst", true)))).Fine();
        Assert.Equal(["replace a", "create-replacement a"], run.Steps);
        Assert.False(stack.State("a").PendingReplacement);
    }

    [Fact]
    public async Task A_replacement_that_is_not_wanted_any_more_is_forgotten()
    {
        await stack.UpAsync(Program(("immutable", "1")));
        await stack.UpAsync(Program(("immutable", "2"), ("deleteFirst", true), ("fail", "no room")));
        stack.Provider.Calls.Clear();
        var run = (await stack.UpAsync(new ScriptedProgram(p => p.StackAsync()))).Fine();
        Assert.Equal(["remove-pending-replace a"], run.Steps.Where(s => s.EndsWith(" a", StringComparison.Ordinal)));
        Assert.Empty(stack.Provider.Calls);
    }

    [Fact]
    public async Task Deleting_before_replacing_takes_users_along_that_would_be_replaced_too()
    {
        ScriptedProgram Version(string version) => new(async p =>
        {
            await p.StackAsync();
            var a = await p.ResourceAsync("a", ("immutable", version), ("deleteFirst", true));
            var b = await p.ResourceAsync("b", r => DependOn(r, "immutable", a.Urn), ("immutable", a.Out));
            await p.ResourceAsync("c", r => DependOn(r, "value", b.Urn), ("value", b.Out));
        });
        (await stack.UpAsync(Version("1"))).Fine();
        stack.Provider.Calls.Clear();
        var run = (await stack.UpAsync(Version("2"))).Fine();
        // c uses b by a property that can change in place, so it stays.
        Assert.Equal(["delete b", "delete a", "create a", "create b", "update c"], stack.Provider.Calls);
        Assert.Equal("replace 2, same 1, update 1", run.Changes);
    }

    [Fact]
    public async Task A_protected_user_stops_a_replacement_before_anything_is_deleted()
    {
        (await stack.UpAsync(Chain("1"))).Fine();
        stack.Provider.Calls.Clear();
        var run = await stack.UpAsync(Chain("2"));
        Assert.Contains("as part of replacing", Assert.Single(run.Errors), StringComparison.Ordinal);
        Assert.Empty(stack.Provider.Calls);

        static ScriptedProgram Chain(string value) => new(async p =>
        {
            await p.StackAsync();
            var a = await p.ResourceAsync("a", ("immutable", value), ("deleteFirst", true));
            await p.ResourceAsync("guarded", r => { DependOn(r, "immutable", a.Urn); r.Protect = true; }, ("immutable", a.Out));
            await p.ResourceAsync("open", r => DependOn(r, "immutable", a.Urn), ("immutable", a.Out));
        });
    }

    [Fact]
    public async Task Deleting_first_leaves_alone_what_does_not_use_it_any_more()
    {
        (await stack.UpAsync(new ScriptedProgram(async p =>
        {
            await p.StackAsync();
            var a = await p.ResourceAsync("a", ("immutable", "1"), ("deleteFirst", true));
            await p.ResourceAsync("b", r => DependOn(r, "immutable", a.Urn), ("immutable", a.Out));
        }))).Fine();
        stack.Provider.Calls.Clear();
        var run = (await stack.UpAsync(new ScriptedProgram(async p =>
        {
            await p.StackAsync();
            await p.ResourceAsync("b", ("immutable", "a-1:"));
            await p.ResourceAsync("a", ("immutable", "2"), ("deleteFirst", true));
        }))).Fine();
        Assert.Equal(["delete a", "create a"], stack.Provider.Calls);
        Assert.Equal("replace 1, same 2", run.Changes);
    }

    private static ScriptedProgram Program(params (string Key, PropertyValue Value)[] inputs) => new(async p =>
    {
        await p.StackAsync();
        await p.ResourceAsync("a", inputs);
    });

    private static void DependOn(Protocol.RegisterResourceRequest request, string property, string urn)
    {
        request.Dependencies.Add(urn);
        request.PropertyDependencies[property] = new() { Urns = { urn } };
    }
}
