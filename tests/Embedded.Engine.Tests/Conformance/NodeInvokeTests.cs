using PassthroughInfra.Engine.Events;
using PassthroughInfra.Engine.Tests.Fixture;
using PassthroughInfra.Engine.Values;

namespace PassthroughInfra.Engine.Tests.Conformance;

public sealed class NodeInvokeTests() : NodeCases("invokes")
{
    [Fact]
    public async Task A_function_is_called_in_previews_and_updates()
    {
        Assert.Equal("abab", (await PreviewAsync("known")).Fine().Output("twice")!.AsString);
        Assert.Equal("abab", (await UpAsync("known")).Fine().Output("twice")!.AsString);
    }

    [Fact]
    public async Task A_function_of_an_unknown_is_not_called_in_a_preview()
    {
        Assert.IsType<PropertyUnknown>((await PreviewAsync("unknown")).Fine().Output("twice"));
        Assert.Empty(Stack.Provider.Calls);
        Assert.Equal("a-1:1a-1:1", (await UpAsync("unknown")).Fine().Output("twice")!.AsString);
    }

    [Fact]
    public async Task A_function_of_a_secret_gives_a_secret() => Assert.Equal(PropertyValue.Secret("abab"), (await UpAsync("secret")).Fine().Output("twice"));

    [Fact]
    public async Task A_function_that_fails_is_told_once_with_its_name()
    {
        var run = await PreviewAsync("fails");
        Assert.Equal(OperationResult.Failed, run.Result);
        Assert.Equal(["test:index:twice: the function failed"], run.Errors);
    }

    [Fact]
    public async Task A_function_that_refuses_its_arguments_fails_the_program_with_the_reason()
    {
        var run = await PreviewAsync("refused");
        Assert.Equal(OperationResult.Failed, run.Result);
        Assert.Contains("'refuse' is not allowed", Assert.Single(run.Errors), StringComparison.Ordinal);
    }
}
