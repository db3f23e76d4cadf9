using PassthroughInfra.Engine.Events;
using PassthroughInfra.Engine.Providers.Command;
using PassthroughInfra.Engine.Tests.Fixture;
using PassthroughInfra.Engine.Values;

namespace PassthroughInfra.Engine.Tests.Conformance;

public sealed class NodeCommandTests : NodeCases
{
    private readonly DirectoryInfo directory = Directory.CreateTempSubdirectory();

    public NodeCommandTests()
        : base("command") => Stack.OtherProviders.Add(new CommandProviderFactory(directory.FullName));

    private string[] Log => File.ReadAllLines(Path.Combine(directory.FullName, "log"));

    [Fact]
    public async Task A_local_command_is_created_updated_and_deleted()
    {
        Assert.IsType<PropertyUnknown>((await PreviewAsync("local", 1, Place)).Fine().Output("stdout"));
        var run = (await UpAsync("local", 1, Place)).Fine();
        Assert.Equal("out1", run.Output("stdout")!.AsString);
        Assert.Equal("err", run.Output("stderr")!.AsString);
        Assert.Contains("out1", run.Events.All<ResourceOutput>().Select(o => o.Line));
        Assert.Equal("same 2", (await UpAsync("local", 1, Place)).Fine().Changes);
        Assert.Equal("updated2", (await UpAsync("local", 2, Place)).Fine().Output("stdout")!.AsString);
        (await Stack.DestroyAsync()).Fine();
        Assert.Equal(["created", "updated", "deleted"], Log);
    }

    [Fact]
    public async Task A_changed_trigger_creates_the_new_one_and_then_deletes_the_old()
    {
        (await UpAsync("triggers", 1, Place)).Fine();
        Assert.Equal("replace 1, same 1", (await UpAsync("triggers", 2, Place)).Fine().Changes);
        Assert.Equal(["created", "created", "deleted"], Log);
    }

    [Fact]
    public async Task A_command_that_fails_is_told_with_its_code_and_output()
    {
        var run = await UpAsync("fails", 1, Place);
        Assert.Equal(OperationResult.Failed, run.Result);
        Assert.Contains("7", Assert.Single(run.Errors), StringComparison.Ordinal);
        Assert.DoesNotContain(Stack.Snapshot.Resources, r => r.Name == "a");
    }

    [Fact]
    public async Task A_command_can_be_run_at_every_preview() => Assert.Equal("from run", (await PreviewAsync("run", 1, Place)).Fine().Output("stdout")!.AsString);

    private (string, string) Place => ("dir", directory.FullName);
}
