using System.Text.Json.Nodes;
using PassthroughInfra.Engine.Events;
using PassthroughInfra.Engine.Providers.Command;
using PassthroughInfra.Engine.Providers.Tests.Fixture;
using PassthroughInfra.Engine.Tests.Fixture;
using PassthroughInfra.Engine.Values;

namespace PassthroughInfra.Engine.Tests.Conformance;

public sealed class NodeCommandTests : NodeCases
{
    private readonly DirectoryInfo directory = Directory.CreateTempSubdirectory();

    private (string, string)[] connection = [];

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

    [Fact]
    public async Task A_command_over_SSH_and_a_copied_file_live_through_create_update_and_delete()
    {
        using var host = new LoopbackSshd().Start();
        Connect(host, host.HostKeyLine);
        Assert.IsType<PropertyUnknown>((await PreviewAsync("remote", 1, [Place, .. connection])).Fine().Output("stdout"));
        var run = (await UpAsync("remote", 1, [Place, .. connection])).Fine();
        Assert.Equal("stdin 1", run.Output("stdout")!.AsString);
        // What is a secret as a whole makes a secret of each part.
        Assert.True(run.Output("user")!.IsSecret);
        Assert.Equal("same 2", (await UpAsync("remote", 1, [Place, .. connection])).Fine().Changes);
        Assert.Equal("stdin 2", (await UpAsync("remote", 2, [Place, .. connection])).Fine().Output("stdout")!.AsString);
        (await Stack.DestroyAsync()).Fine();
        Assert.Equal(["created", "updated", "deleted 2"], Log);
    }

    [Fact]
    public async Task A_copy_to_a_host_is_refused_with_the_way_to_have_it()
    {
        var error = Assert.Single((await PreviewAsync("copy", 1, Place)).Errors);
        Assert.Contains("no resource type 'command:remote:CopyToRemote'", error, StringComparison.Ordinal);
        Assert.Contains("Use the pulumi CLI", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_host_with_another_key_than_the_pinned_one_fails_the_run_with_both_keys_named()
    {
        using var host = new LoopbackSshd().Start();
        using var other = new LoopbackSshd();
        Connect(host, other.HostKeyLine);
        var run = await UpAsync("wrongKey", 1, [Place, .. connection]);
        Assert.Equal(OperationResult.Failed, run.Result);
        Assert.Contains("shows the host key", Assert.Single(run.Errors), StringComparison.Ordinal);
        Assert.Contains(other.HostKey.ToString(), run.Errors[0], StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_output_that_is_declared_secret_stays_one_through_an_apply()
    {
        var run = (await UpAsync("secretStdout", 1, Place)).Fine();
        Assert.Equal(PropertyValue.Secret("s3cret"), run.Output("stdout"));
        Assert.Equal(PropertyValue.Secret(6), run.Output("length"));
    }

    [Fact]
    public async Task What_commands_say_goes_from_one_to_the_next_and_is_unknown_before()
    {
        Assert.IsType<PropertyUnknown>((await PreviewAsync("chain", 1, Place)).Fine().Output("stdout"));
        Assert.Equal("one two three", (await UpAsync("chain", 1, Place)).Fine().Output("stdout")!.AsString);
        Assert.Equal("one two three", (await PreviewAsync("chain", 1, Place)).Fine().Output("stdout")!.AsString);
    }

    [Fact]
    public async Task An_update_is_given_what_the_command_said_before()
    {
        (await UpAsync("previousOutput", 1, Place)).Fine();
        Assert.Equal("[first]", (await UpAsync("previousOutput", 2, Place)).Fine().Output("stdout")!.AsString);
    }

    [Fact]
    public async Task An_input_that_is_not_allowed_is_told_before_anything_runs()
    {
        var run = await PreviewAsync("badInput", 1, Place);
        Assert.Equal(OperationResult.Failed, run.Result);
        Assert.Contains("logging", Assert.Single(run.Errors), StringComparison.Ordinal);
    }

    private void Connect(LoopbackSshd host, string hostKey) => connection =
    [
        ("connection", new JsonObject
        {
            ["host"] = "127.0.0.1",
            ["port"] = host.Port,
            ["user"] = Environment.UserName,
            ["privateKey"] = host.UserKey,
            ["hostKey"] = hostKey,
        }.ToJsonString()),
    ];

    private (string, string) Place => ("dir", directory.FullName);
}
