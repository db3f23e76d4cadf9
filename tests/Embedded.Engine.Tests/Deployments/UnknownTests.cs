using PassthroughInfra.Engine.Events;
using PassthroughInfra.Engine.Tests.Fixture;
using PassthroughInfra.Engine.Values;

namespace PassthroughInfra.Engine.Tests.Deployments;

public sealed class UnknownTests : IDisposable
{
    private readonly TestStack stack = new();

    public void Dispose() => stack.Dispose();

    [Fact]
    public async Task A_preview_leaves_out_what_it_does_not_know_for_a_program_that_cannot_take_it_in_part()
    {
        Registered? whole = null;
        Registered? partial = null;
        await stack.PreviewAsync(new ScriptedProgram(async p =>
        {
            await p.StackAsync();
            whole = await p.ResourceAsync("a", r => r.SupportsPartialValues = false, ("value", "1"));
            partial = await p.ResourceAsync("b", ("value", "1"));
        }));
        Assert.False(whole!.Outputs.ContainsKey("out"));
        Assert.Equal("1", whole.Outputs.GetString("value"));
        Assert.IsType<PropertyUnknown>(partial!.Outputs["out"]);
        Assert.Equal("", whole.Id);
    }

    [Fact]
    public async Task A_preview_of_what_did_not_change_knows_everything()
    {
        Registered? registered = null;
        var program = new ScriptedProgram(async p =>
        {
            await p.StackAsync();
            registered = await p.ResourceAsync("a", ("value", "1"));
        });
        await stack.UpAsync(program);
        await stack.PreviewAsync(program);
        Assert.Equal("a-1", registered!.Id);
        Assert.Equal("a-1:1", registered.Outputs.GetString("out"));
    }

    [Fact]
    public async Task What_uses_something_that_will_change_is_shown_as_changing_too()
    {
        ScriptedProgram Chain(string value) => new(async p =>
        {
            await p.StackAsync();
            var a = await p.ResourceAsync("a", ("value", value));
            await p.ResourceAsync("b", ("value", a.Out));
        });
        (await stack.UpAsync(Chain("1"))).Fine();
        var run = (await stack.PreviewAsync(Chain("2"))).Fine();
        Assert.Equal(["update a", "update b"], run.Steps);
    }

    [Fact]
    public async Task An_invoke_with_an_unknown_is_not_sent()
    {
        var unknown = false;
        await stack.PreviewAsync(new ScriptedProgram(async p =>
        {
            await p.StackAsync();
            var response = await p.Monitor.InvokeAsync(new() { Tok = "test:index:twice", Args = WireValues.Write(PropertyMap.Of(("text", PropertyValue.Unknown)), new(true, true, true)) });
            unknown = response.Unknown;
        }));
        Assert.True(unknown);
        Assert.Empty(stack.Provider.Calls);
    }

    [Fact]
    public async Task An_invoke_runs_in_previews_and_its_failures_come_back()
    {
        PropertyMap? answer = null;
        string[] failures = [];
        (await stack.PreviewAsync(new ScriptedProgram(async p =>
        {
            await p.StackAsync();
            answer = WireValues.Read((await p.Monitor.InvokeAsync(new() { Tok = "test:index:twice", Args = Text("ab") })).Return);
            failures = [.. (await p.Monitor.InvokeAsync(new() { Tok = "test:index:twice", Args = Text("refuse") })).Failures.Select(f => $"{f.Property}: {f.Reason}")];
        }))).Fine();
        Assert.Equal("abab", answer!.GetString("result"));
        Assert.Equal(["text: 'refuse' is not allowed"], failures);
    }

    [Fact]
    public async Task An_invoke_that_fails_ends_the_run_with_its_name_and_reason()
    {
        var run = await stack.PreviewAsync(new ScriptedProgram(async p =>
        {
            await p.StackAsync();
            await p.Monitor.InvokeAsync(new() { Tok = "test:index:twice", Args = Text("fail") });
        }));
        Assert.Equal(OperationResult.Failed, run.Result);
        Assert.Equal(["test:index:twice: the function failed"], run.Errors);
    }

    private static Google.Protobuf.WellKnownTypes.Struct Text(string text) => WireValues.Write(PropertyMap.Of(("text", text)), new(true, true, true));
}
