using PassthroughInfra.Engine.Tests.Fixture;
using PassthroughInfra.Engine.Values;

namespace PassthroughInfra.Engine.Tests.Deployments;

public sealed class ReadTests : IDisposable
{
    private readonly TestStack stack = new();

    public ReadTests() => stack.Provider.World["there"] = PropertyMap.Of(("value", "v"));

    public void Dispose() => stack.Dispose();

    [Fact]
    public async Task What_is_read_is_known_in_previews_and_is_not_ours_to_delete()
    {
        PropertyMap? read = null;
        var program = new ScriptedProgram(async p =>
        {
            await p.StackAsync();
            read = await ReadAsync(p, "a", "there");
        });
        (await stack.PreviewAsync(program)).Fine();
        Assert.Equal("v", read!.GetString("value"));
        (await stack.UpAsync(program)).Fine();
        Assert.True(stack.State("a").External);
        Assert.Equal(["discard a", "delete demo-dev"], (await stack.DestroyAsync()).Fine().Steps);
        Assert.Single(stack.Provider.World);
    }

    [Fact]
    public async Task What_is_read_again_unchanged_does_not_count()
    {
        var program = new ScriptedProgram(async p =>
        {
            await p.StackAsync();
            await ReadAsync(p, "a", "there");
        });
        await stack.UpAsync(program);
        Assert.Equal("same 1", (await stack.UpAsync(program)).Fine().Changes);
    }

    [Fact]
    public async Task Reading_what_does_not_exist_is_an_error()
    {
        var run = await stack.UpAsync(new ScriptedProgram(async p =>
        {
            await p.StackAsync();
            await ReadAsync(p, "a", "nowhere");
        }));
        Assert.Equal(["resource 'nowhere' does not exist"], run.Errors);
    }

    [Fact]
    public async Task What_was_ours_and_is_now_only_read_is_let_go()
    {
        await stack.UpAsync(new ScriptedProgram(async p =>
        {
            await p.StackAsync();
            await p.ResourceAsync("a");
        }));
        stack.Provider.Calls.Clear();
        (await stack.UpAsync(new ScriptedProgram(async p =>
        {
            await p.StackAsync();
            await ReadAsync(p, "a", "a-1");
        }))).Fine();
        Assert.Equal(["read a"], stack.Provider.Calls);
        Assert.True(stack.State("a").External);
    }

    [Fact]
    public async Task What_was_only_read_is_created_when_the_program_wants_it()
    {
        await stack.UpAsync(new ScriptedProgram(async p =>
        {
            await p.StackAsync();
            await ReadAsync(p, "a", "there");
        }));
        var run = (await stack.UpAsync(new ScriptedProgram(async p =>
        {
            await p.StackAsync();
            await p.ResourceAsync("a");
        }))).Fine();
        Assert.Equal(["create a"], run.Steps);
        Assert.False(stack.State("a").External);
        Assert.True(stack.Provider.World.ContainsKey("there"));
    }

    [Fact]
    public async Task Another_stacks_outputs_can_be_read_with_their_secrets()
    {
        stack.OtherStacks = name => name == "organization/other/prod" ? PropertyMap.Of(("ip", "i"), ("key", PropertyValue.Secret("k"))) : throw new EngineException($"unknown stack \"{name}\"");
        PropertyMap? read = null;
        (await stack.PreviewAsync(new ScriptedProgram(async p =>
        {
            await p.StackAsync();
            var response = await p.Monitor.ReadResourceAsync(new()
            {
                Type = "pulumi:pulumi:StackReference",
                Name = "organization/other/prod",
                Id = "organization/other/prod",
                Parent = p.Stack,
                AcceptSecrets = true,
                Properties = WireValues.Write(PropertyMap.Of(("name", "organization/other/prod")), new(true, true, true)),
            });
            read = WireValues.Read(response.Properties);
        }))).Fine();
        Assert.Equal(PropertyValue.Secret("k"), read!.GetMap("outputs")!["key"]);
        Assert.Equal(PropertyValue.List("key"), read!["secretOutputNames"]);
    }

    private static async Task<PropertyMap> ReadAsync(ScriptedCalls p, string name, string id)
    {
        var response = await p.Monitor.ReadResourceAsync(new() { Type = "test:index:Res", Name = name, Id = id, Parent = p.Stack, AcceptSecrets = true });
        return WireValues.Read(response.Properties);
    }
}
