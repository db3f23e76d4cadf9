using PassthroughInfra.Engine.Tests.Fixture;
using PassthroughInfra.Engine.Values;

namespace PassthroughInfra.Engine.Tests.Conformance;

public sealed class NodeValueTests() : NodeCases("values")
{
    [Fact]
    public async Task Every_kind_of_value_arrives_as_it_was()
    {
        (await UpAsync("kinds")).Fine();
        var inputs = Stack.State("a").Inputs;
        Assert.Equal("größer\n\"quoted\"", inputs.GetString("text"));
        Assert.True(inputs.GetBool("yes"));
        Assert.Equal(4096, inputs.GetNumber("number"));
        Assert.Equal(1.5, inputs.GetNumber("fraction"));
        Assert.False(inputs.ContainsKey("none"));
        Assert.False(inputs.ContainsKey("missing"));
        Assert.Equal(PropertyValue.List("a", PropertyValue.Null, 2), inputs["list"]);
        Assert.Equal("v", inputs.GetMap("nested")!.GetMap("deep")!.GetList("er")![0].AsMap!.GetString("k"));
        Assert.Equal("same 2", (await UpAsync("kinds")).Fine().Changes);
    }

    [Fact]
    public async Task Secrets_stay_secret_through_resources_applies_and_configuration()
    {
        Stack.Config = Stack.Config with { SecretKeys = Stack.Config.SecretKeys.Add("demo:token") };
        var run = (await UpAsync("secrets", 1, ("token", "t0ken"))).Fine();
        Assert.Equal(PropertyValue.Secret("s3cret"), run.Output("direct"));
        Assert.Equal(PropertyValue.Secret(6), run.Output("derived"));
        Assert.False(run.Output("plain")!.IsSecret);
        Assert.Equal(PropertyValue.Secret("t0ken"), Stack.State("a").Inputs.GetMap("nested")!["token"]);
        Assert.Equal("[secret]", run.Events.All<Events.OperationStarted>().Single().Config["demo:token"]);
    }

    [Fact]
    public async Task Unknowns_are_not_applied_in_a_preview_and_known_after_the_update()
    {
        var preview = (await PreviewAsync("unknowns")).Fine();
        Assert.IsType<PropertyUnknown>(preview.Output("out"));
        Assert.IsType<PropertyUnknown>(preview.Output("id"));
        Assert.Equal("k", preview.Output("mixed")!.AsMap!.GetString("known"));
        var run = (await UpAsync("unknowns")).Fine();
        Assert.Equal("b-2:a-1:1", run.Output("out")!.AsString);
        Assert.Equal("a-1", (await PreviewAsync("unknowns")).Output("id")!.AsString);
    }

    [Fact]
    public async Task Assets_are_compared_by_their_content()
    {
        (await UpAsync("assets", 1, ("content", "one"))).Fine();
        Assert.Equal("same 2", (await UpAsync("assets", 1, ("content", "one"))).Fine().Changes);
        Assert.Equal("same 1, update 1", (await UpAsync("assets", 1, ("content", "two"))).Fine().Changes);
        Assert.Matches("^[0-9a-f]{64}$", Assert.IsType<PropertyAsset>(Stack.State("a").Inputs["file"]).Hash);
    }

    [Fact]
    public async Task Archives_are_compared_by_what_is_in_them()
    {
        (await UpAsync("archives", 1, ("content", "one"))).Fine();
        Assert.Equal("same 2", (await UpAsync("archives", 1, ("content", "one"))).Fine().Changes);
        Assert.Equal("same 1, update 1", (await UpAsync("archives", 1, ("content", "two"))).Fine().Changes);
    }

    [Fact]
    public async Task A_value_of_several_megabytes_fits() => Assert.Equal(6 * 1024 * 1024, (await UpAsync("large")).Fine().Output("length")!.AsNumber);

    [Fact]
    public async Task A_hundred_resources_that_use_each_other_come_in_order()
    {
        Assert.Equal("create 101", (await UpAsync("many")).Fine().Changes);
        Assert.Equal("same 101", (await UpAsync("many")).Fine().Changes);
        Assert.Equal("delete 101", (await Stack.DestroyAsync()).Fine().Changes);
    }

    [Fact]
    public async Task A_program_knows_where_it_runs_and_its_configuration()
    {
        var run = (await PreviewAsync("context", 1, ("number", "4"), ("object", """{"a":[1,"x"]}"""))).Fine();
        Assert.Equal(["dev", "demo", "organization"], new[] { "stack", "project", "organization" }.Select(k => run.Output(k)!.AsString));
        Assert.True(run.Output("dryRun")!.AsBool);
        Assert.Equal(4, run.Output("number")!.AsNumber);
        Assert.Equal(PropertyMap.Of(("a", PropertyValue.List(1, "x"))), run.Output("object"));
        Assert.True(run.Output("missing")!.AsBool);
    }

    [Fact]
    public async Task Another_stacks_outputs_can_be_read()
    {
        Stack.OtherStacks = _ => PropertyMap.Of(("ip", "i"), ("key", PropertyValue.Secret("k")));
        var run = (await UpAsync("stackReference")).Fine();
        Assert.Equal("i", run.Output("ip")!.AsString);
        Assert.Equal(PropertyValue.Secret("k"), run.Output("key"));
        Assert.Null(run.Output("missing"));
    }
}
