using PassthroughInfra.Engine.Events;
using PassthroughInfra.Engine.Tests.Fixture;

namespace PassthroughInfra.Engine.Tests.Conformance;

public sealed class NodeFailureTests() : NodeCases("failures")
{
    [Theory]
    [InlineData("throws", "the program has a fault")]
    [InlineData("throwsInApply", "the apply has a fault")]
    [InlineData("rejects", "the promise has a fault")]
    [InlineData("missingModule", "no-such-module")]
    [InlineData("missingConfig", "nowhere")]
    public async Task A_program_that_throws_fails_the_run_and_says_why_once(string name, string part)
    {
        var run = await UpAsync(name);
        Assert.Equal(OperationResult.Failed, run.Result);
        Assert.Contains(part, Assert.Single(run.Errors), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Nothing_is_deleted_when_the_program_throws()
    {
        await UpAsync("resourceFails");
        using var other = new TestStack();
        (await UpAsync("logs")).Fine();
        Assert.Equal(OperationResult.Failed, (await UpAsync("missingConfig")).Result);
        Assert.Single(Stack.Provider.World);
    }

    [Fact]
    public async Task A_run_that_is_to_continue_leaves_out_what_failed_and_what_needs_it()
    {
        Options = Options with { ContinueOnError = true };
        var run = await UpAsync("partly");
        Assert.Equal(OperationResult.Failed, run.Result);
        Assert.Equal("there is no room", Assert.Single(run.Errors));
        Assert.Equal(["create other", "create next"], Stack.Provider.Calls);
        Assert.Equal(2, run.Events.Warnings.Count(w => w.StartsWith("left as it is", StringComparison.Ordinal)));
        Assert.Null(run.Output("bad"));
        Assert.Equal("next-2:other-1:1", run.Output("next")!.AsString);
        Assert.Empty(Stack.Snapshot.PendingOperations);
    }

    [Fact]
    public async Task A_program_that_just_exits_is_told_with_its_code() =>
        Assert.Contains("exited with code 3", Assert.Single((await UpAsync("exits")).Errors), StringComparison.Ordinal);

    [Fact]
    public async Task A_program_that_dies_is_told_with_its_signal() =>
        Assert.Contains("signal 9", Assert.Single((await UpAsync("dies")).Errors), StringComparison.Ordinal);

    [Fact]
    public async Task A_program_that_hangs_ends_when_the_user_asks_to_stop()
    {
        var run = UpAsync("hangs");
        using var soon = new CancellationTokenSource(TimeSpan.FromSeconds(2));
        soon.Token.Register(Stack.Stop);
        Assert.Equal(OperationResult.Stopped, (await run.WaitAsync(TimeSpan.FromSeconds(20))).Result);
    }

    [Fact]
    public async Task What_a_program_says_is_told_by_its_gravity()
    {
        var run = (await UpAsync("logs")).Fine();
        Assert.Contains("for your information", run.Events.Infos);
        Assert.Contains("take care", run.Events.Warnings);
        Assert.Contains("a line to standard output", run.Events.Infos);
        Assert.Contains("a line to standard error", run.Events.Infos);
        Assert.DoesNotContain(run.Events.All<Diagnostic>(), d => d.Message.Contains("not for you", StringComparison.Ordinal));
        Assert.Equal(Stack.State("a").Urn, run.Events.All<Diagnostic>().Single(d => d.Message == "for your information").Urn);
    }

    [Fact]
    public async Task A_logged_error_is_told_and_the_exit_code_decides_as_with_the_CLI()
    {
        var run = (await UpAsync("logsError")).Fine();
        Assert.Equal(["this will not do"], run.Errors);
    }

    [Theory]
    [InlineData("resourceFails", "there is no room")]
    [InlineData("invalid", "'invalid' is not allowed")]
    [InlineData("duplicate", "Duplicate resource URN")]
    [InlineData("unknownPackage", "no provider for the package 'aws'")]
    [InlineData("dynamic", "no provider for the package 'pulumi-nodejs'")]
    public async Task A_resource_that_fails_is_told_once_without_the_programs_stack_trace(string name, string part)
    {
        var run = await UpAsync(name);
        Assert.Equal(OperationResult.Failed, run.Result);
        Assert.Contains(part, Assert.Single(run.Errors), StringComparison.Ordinal);
        Assert.Empty(run.Events.Infos);
    }

    [Theory]
    [InlineData("transforms")]
    [InlineData("stackTransform")]
    [InlineData("hooks")]
    [InlineData("importing")]
    [InlineData("remote")]
    public async Task What_is_not_done_here_is_refused_in_words_that_say_so(string name)
    {
        var run = await UpAsync(name);
        Assert.Equal(OperationResult.Failed, run.Result);
        Assert.Contains("embedded engine", Assert.Single(run.Errors), StringComparison.Ordinal);
        Assert.Empty(Stack.Provider.World);
    }
}
