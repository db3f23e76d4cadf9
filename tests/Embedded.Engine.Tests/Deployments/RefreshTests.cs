using PassthroughInfra.Engine.Tests.Fixture;
using PassthroughInfra.Engine.Values;

namespace PassthroughInfra.Engine.Tests.Deployments;

public sealed class RefreshTests : IDisposable
{
    private readonly TestStack stack = new();
    private readonly ScriptedProgram program = new(async p =>
    {
        await p.StackAsync();
        var parent = await p.ComponentAsync("parent", _ => { });
        var a = await p.ResourceAsync("a", r => r.Parent = parent.Urn, ("value", "1"));
        await p.ResourceAsync("b", r => r.Dependencies.Add(a.Urn), ("value", "1"));
    });

    public void Dispose() => stack.Dispose();

    [Fact]
    public async Task What_is_as_it_was_stays_the_same()
    {
        await stack.UpAsync(program);
        var run = (await stack.RefreshAsync()).Fine();
        Assert.Equal("same 2", run.Changes);
    }

    [Fact]
    public async Task What_has_changed_is_taken_over_and_secrets_stay_secret()
    {
        await stack.UpAsync(new ScriptedProgram(async p =>
        {
            await p.StackAsync();
            await p.ResourceAsync("a", ("value", PropertyValue.Secret("1")));
        }));
        stack.Provider.World["a-1"] = stack.Provider.World["a-1"].With("value", "2");
        var run = (await stack.RefreshAsync()).Fine();
        Assert.Equal(["update a"], run.Steps);
        Assert.Equal(PropertyValue.Secret("2"), stack.State("a").Outputs["value"]);
    }

    [Fact]
    public async Task What_is_gone_is_forgotten_and_created_again_by_the_next_up()
    {
        await stack.UpAsync(program);
        stack.Provider.World.TryRemove("a-1", out _);
        Assert.Equal(["delete a"], (await stack.RefreshAsync()).Fine().Steps);
        Assert.Equal(["create a"], (await stack.UpAsync(program)).Fine().Steps);
    }

    [Fact]
    public async Task A_preview_can_look_first_and_keeps_nothing_of_it()
    {
        await stack.UpAsync(program);
        stack.Provider.World.TryRemove("b-2", out _);
        var run = (await stack.PreviewAsync(program, new() { Refresh = true })).Fine();
        Assert.Contains("create b", run.Steps);
        Assert.Contains(stack.Snapshot.Resources, r => r.Name == "b");
    }
}
