using PassthroughInfra.Engine.Events;
using PassthroughInfra.Engine.State;
using PassthroughInfra.Engine.Tests.Fixture;
using PassthroughInfra.Engine.Values;

namespace PassthroughInfra.Engine.Tests.Deployments;

/// <summary>Creations that fail when the resource is there already, and differences that cannot be told.</summary>
public sealed class PartialTests : IDisposable
{
    private readonly TestStack stack = new();

    public void Dispose() => stack.Dispose();

    private static ScriptedProgram Program(params (string, PropertyValue)[] inputs) => new(async p =>
    {
        await p.StackAsync();
        await p.ResourceAsync("a", inputs);
    });

    [Fact]
    public async Task What_is_there_but_not_as_it_should_be_is_in_the_state_and_updated_by_the_next_run()
    {
        var run = await stack.UpAsync(Program(("value", "1"), ("half", "no volume")));
        Assert.Equal(OperationResult.Failed, run.Result);
        Assert.Equal(["no volume"], run.Errors);
        Assert.Equal(("a-1", "no volume"), (stack.State("a").Id, stack.State("a").InitErrors.Single()));
        Assert.Empty(stack.Snapshot.PendingOperations);
        Assert.Contains("\"initErrors\"", stack.SavedJson, StringComparison.Ordinal);

        run = (await stack.UpAsync(Program(("value", "1"), ("half", "no volume")))).Fine();
        Assert.Equal("same 1, update 1", run.Changes);
        Assert.Empty(stack.State("a").InitErrors);
        Assert.Equal(["create a", "update a"], stack.Provider.Calls);
    }

    [Fact]
    public async Task A_replacement_that_comes_half_stands_beside_what_it_replaces()
    {
        (await stack.UpAsync(Program(("immutable", "1")))).Fine();
        await stack.UpAsync(Program(("immutable", "2"), ("half", "no volume")));
        Assert.Equal(["a-2", "a-1"], stack.Snapshot.Resources.Where(r => r.Name == "a").OrderBy(r => r.Delete).Select(r => r.Id));

        (await stack.UpAsync(Program(("immutable", "2"), ("half", "no volume")))).Fine();
        Assert.Equal(["a-2"], stack.Provider.World.Keys);
    }

    [Fact]
    public async Task A_difference_that_cannot_be_told_is_an_update()
    {
        (await stack.UpAsync(Program(("value", "1"), ("cannotTell", true)))).Fine();
        Assert.Equal("same 1, update 1", (await stack.PreviewAsync(Program(("value", "1"), ("cannotTell", true)))).Fine().Changes);
    }

    [Fact]
    public async Task What_the_CLI_keeps_for_itself_among_a_providers_inputs_is_no_difference()
    {
        var program = new ScriptedProgram(async p =>
        {
            await p.StackAsync();
            var request = p.Request("pulumi:providers:test", "mine", ("key", "k"));
            request.Custom = true;
            await p.RegisterAsync(request);
        });
        (await stack.UpAsync(program)).Fine();
        stack.Snapshot = stack.Snapshot with
        {
            Resources = [.. stack.Snapshot.Resources.Select(r => r.IsProvider ? r with { Inputs = r.Inputs.With("__internal", PropertyMap.Empty) } : r)],
        };
        Assert.Equal("same 2", (await stack.PreviewAsync(program)).Fine().Changes);
    }
}
