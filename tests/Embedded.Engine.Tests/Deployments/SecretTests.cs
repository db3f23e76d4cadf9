using PassthroughInfra.Engine.Tests.Fixture;
using PassthroughInfra.Engine.Values;

namespace PassthroughInfra.Engine.Tests.Deployments;

public sealed class SecretTests : IDisposable
{
    private readonly TestStack stack = new();

    public void Dispose() => stack.Dispose();

    [Fact]
    public async Task A_secret_input_is_secret_in_inputs_outputs_and_answer()
    {
        Registered? registered = null;
        (await stack.UpAsync(new ScriptedProgram(async p =>
        {
            await p.StackAsync();
            registered = await p.ResourceAsync("a", ("value", PropertyValue.Secret("s3cret")), ("nested", PropertyMap.Of(("deep", PropertyValue.Secret("d33p")), ("plain", "p"))));
        }))).Fine();
        var state = stack.State("a");
        Assert.True(state.Inputs["value"].IsSecret);
        Assert.True(state.Outputs["value"].IsSecret);
        Assert.True(state.Outputs.GetMap("nested")!["deep"].IsSecret);
        Assert.False(state.Outputs.GetMap("nested")!["plain"].IsSecret);
        Assert.True(registered!.Outputs["value"].IsSecret);
    }

    [Fact]
    public async Task Outputs_named_as_secret_are_marked()
    {
        Registered? registered = null;
        (await stack.UpAsync(new ScriptedProgram(async p =>
        {
            await p.StackAsync();
            registered = await p.ResourceAsync("a", r => r.AdditionalSecretOutputs.Add("out"), ("value", "1"));
        }))).Fine();
        Assert.True(stack.State("a").Outputs["out"].IsSecret);
        Assert.True(registered!.Outputs["out"].IsSecret);
    }

    [Fact]
    public async Task A_program_that_takes_no_secrets_gets_plain_values()
    {
        Registered? registered = null;
        await stack.UpAsync(new ScriptedProgram(async p =>
        {
            await p.StackAsync();
            registered = await p.ResourceAsync("a", r => r.AcceptSecrets = false, ("value", PropertyValue.Secret("s")));
        }));
        Assert.Equal("s", Assert.IsType<PropertyString>(registered!.Outputs["value"]).Value);
    }

    [Fact]
    public async Task Becoming_secret_is_no_change_but_is_saved()
    {
        (await stack.UpAsync(Program("s3cret"))).Fine();
        var run = (await stack.UpAsync(Program(PropertyValue.Secret("s3cret")))).Fine();
        Assert.Equal("same 2", run.Changes);
        Assert.True(stack.State("a").Inputs["value"].IsSecret);
        Assert.DoesNotContain("\"value\":\"s3cret\"", stack.SavedJson, StringComparison.Ordinal);
        Assert.True(stack.State("a").Outputs["value"].IsSecret);
    }

    [Fact]
    public async Task An_output_that_is_named_as_secret_later_is_marked_from_then_on()
    {
        (await stack.UpAsync(Program("1"))).Fine();
        Registered? registered = null;
        var run = (await stack.UpAsync(new ScriptedProgram(async p =>
        {
            await p.StackAsync();
            registered = await p.ResourceAsync("a", r => r.AdditionalSecretOutputs.Add("out"), ("value", "1"));
        }))).Fine();
        Assert.Equal("same 2", run.Changes);
        Assert.True(registered!.Outputs["out"].IsSecret);
        Assert.True(stack.State("a").Outputs["out"].IsSecret);
    }

    [Fact]
    public async Task An_invoke_with_a_secret_answers_with_secrets()
    {
        PropertyMap? answer = null;
        (await stack.UpAsync(new ScriptedProgram(async p =>
        {
            await p.StackAsync();
            var response = await p.Monitor.InvokeAsync(new()
            {
                Tok = "test:index:twice",
                Args = WireValues.Write(PropertyMap.Of(("text", PropertyValue.Secret("ab"))), new(true, true, true)),
                AcceptResources = true,
            });
            answer = WireValues.Read(response.Return);
        }))).Fine();
        Assert.Equal(PropertyValue.Secret("abab"), answer!["result"]);
    }

    private static ScriptedProgram Program(PropertyValue value) => new(async p =>
    {
        await p.StackAsync();
        await p.ResourceAsync("a", ("value", value));
    });
}
