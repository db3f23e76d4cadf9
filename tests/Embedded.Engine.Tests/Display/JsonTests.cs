using System.Text.Json.Nodes;
using PassthroughInfra.Cli.Display;
using PassthroughInfra.Engine.Events;
using PassthroughInfra.Engine.Tests.Fixture;

namespace PassthroughInfra.Engine.Tests.Display;

/// <summary>The document of <c>--json</c>.</summary>
public sealed class JsonTests : IDisposable
{
    private readonly TestStack stack = new();

    public void Dispose() => stack.Dispose();

    private static ScriptedProgram Program(string value) => new(async p =>
    {
        await p.StackAsync();
        await p.ResourceAsync("a", ("value", value));
        await p.OutputsAsync(p.Stack, ("out", "it"));
        await p.Engine.LogAsync(new() { Severity = Protocol.LogSeverity.Warning, Message = "two lines\nof it\n", Urn = p.Stack });
    });

    private static JsonNode Document(TestRun run)
    {
        var written = new StringWriter();
        using var display = new JsonDisplay(new(written, colour: false), new(TextWriter.Null, colour: false));
        foreach (var happened in run.Events.All<EngineEvent>())
            display.On(happened);
        return JsonNode.Parse(written.ToString())!;
    }

    private static JsonObject State(JsonNode document, string which) =>
        document["steps"]!.AsArray().Single(s => s!["urn"]!.GetValue<string>().EndsWith("::a", StringComparison.Ordinal))![which]!.AsObject();

    [Fact]
    public async Task A_preview_shows_the_inputs_of_what_will_be_and_all_of_what_is()
    {
        (await stack.UpAsync(Program("1"))).Fine();
        var preview = Document((await stack.PreviewAsync(Program("2"))).Fine());
        var @new = State(preview, "newState");
        Assert.Equal("2", @new["inputs"]!["value"]!.GetValue<string>());
        Assert.DoesNotContain(@new, p => p.Key is "outputs" or "created" or "modified");
        Assert.All(preview["steps"]!.AsArray(), s => Assert.Null(s!["newState"]!["outputs"]));
        Assert.NotNull(State(preview, "oldState")["outputs"]);
        Assert.NotNull(State(preview, "oldState")["created"]);

        var update = Document((await stack.UpAsync(Program("2"))).Fine());
        Assert.NotNull(State(update, "newState")["outputs"]);
    }

    [Fact]
    public async Task Structured_configuration_is_in_order_and_a_message_keeps_its_end()
    {
        stack.With(("machine", """{"b":[{"z":1,"a":2}],"a":"x"}"""), ("text", "{no JSON"));
        var preview = Document((await stack.PreviewAsync(Program("1"))).Fine());
        Assert.Equal("""{"a":"x","b":[{"a":2,"z":1}]}""", preview["config"]!["demo:machine"]!.GetValue<string>());
        Assert.Equal("{no JSON", preview["config"]!["demo:text"]!.GetValue<string>());
        Assert.Equal("warning: two lines\nof it\n\n", preview["diagnostics"]!.AsArray().Single()!["message"]!.GetValue<string>());
    }
}
