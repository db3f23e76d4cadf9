using Google.Protobuf.WellKnownTypes;
using PassthroughInfra.Embedded.Sdk.Tests.Harness;
using PassthroughInfra.Protocol;
using Pulumi;
using Pulumi.Testing;
using LogSeverity = PassthroughInfra.Protocol.LogSeverity;

namespace PassthroughInfra.Embedded.Sdk.Tests;

/// <summary>How a program that an engine runs ends, and what it says of it.</summary>
[Collection(EngineRun.Name)]
public sealed class RunTests
{
    [Fact]
    public async Task Without_an_engine_a_program_says_how_to_run_it()
    {
        var error = await Assert.ThrowsAsync<InvalidOperationException>(() => Deployment.RunAsync(() => { }));

        Assert.Equal("Program run without the Pulumi engine available; re-run using the `pulumi` CLI", error.Message);
    }

    [Fact]
    public async Task A_program_that_does_nothing_registers_its_stack_and_ends_with_0()
    {
        var (exitCode, calls) = await RunAsync(() => Deployment.RunAsync(() => { }));

        Assert.Equal(0, exitCode);
        var asked = calls.Where(call => call.StartsWith("SupportsFeature", StringComparison.Ordinal)).Select(call => call.Split('"')[3]);
        Assert.Equal(["aliasSpecs", "resourceReferences"], asked.Order(StringComparer.Ordinal));
        Assert.Contains("RegisterResourceOutputs { \"urn\": \"urn:pulumi:dev::demo::pulumi:pulumi:Stack::demo-dev\", \"outputs\": { } }", calls);
        Assert.Equal("SignalAndWaitForShutdown { }", calls[^1]);
    }

    [Fact]
    public async Task A_program_knows_what_the_engine_tells_it()
    {
        var seen = "";
        await RunAsync(() => Deployment.RunAsync(() =>
        {
            var instance = Deployment.Instance;
            seen = $"{instance.OrganizationName} {instance.ProjectName} {instance.StackName} {instance.RootDirectory} {instance.IsDryRun}";
        }));

        Assert.Equal("organization demo dev /demo False", seen);
    }

    [Fact]
    public async Task A_program_that_throws_is_reported_with_its_stack_and_ends_with_32()
    {
        var (exitCode, calls) = await RunAsync(() => Deployment.RunAsync((Action)(() => throw new InvalidOperationException("boom"))));

        Assert.Equal(32, exitCode);
        var message = Assert.Single(Messages(calls));
        Assert.Equal(LogSeverity.Error, message.Severity);
        Assert.Matches(@"^Running program '.*' failed with an unhandled exception:\nSystem\.InvalidOperationException: boom\n", message.Message);
        Assert.Contains("   at ", message.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(calls, call => call.StartsWith("SignalAndWait", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_users_mistake_is_reported_without_a_stack()
    {
        var (exitCode, calls) = await RunAsync(() => Deployment.RunAsync((Action)(() => throw new RunException("no such host"))));

        Assert.Equal(32, exitCode);
        Assert.Equal("no such host", Assert.Single(Messages(calls)).Message);
    }

    [Fact]
    public async Task An_error_of_a_resource_is_reported_with_it()
    {
        var (exitCode, calls) = await RunAsync(() => Deployment.RunAsync(() =>
        {
            var thing = new Thing("t");
            thing.Needed.Apply(string (_) => throw new ResourceException("too small", thing, hideStack: true));
        }));

        Assert.Equal(32, exitCode);
        var message = Assert.Single(Messages(calls));
        Assert.Equal("too small", message.Message);
        Assert.Equal("urn:pulumi:dev::demo::demo:index:Thing::t", message.Urn);
    }

    [Fact]
    public async Task A_stack_class_whose_constructor_throws_ends_with_32()
    {
        var (exitCode, calls) = await RunAsync(Deployment.RunAsync<FailingStack>);

        Assert.Equal(32, exitCode);
        Assert.Equal("not like this", Assert.Single(Messages(calls)).Message);
    }

    [Fact]
    public async Task A_program_that_logs_an_error_goes_on_and_ends_with_1()
    {
        var (exitCode, calls) = await RunAsync(() => Deployment.RunAsync(() =>
        {
            Log.Error("bad");
            _ = new Thing("t");
        }));

        Assert.Equal(1, exitCode);
        Assert.Contains(calls, call => call.Contains("demo:index:Thing", StringComparison.Ordinal));
        Assert.Equal("SignalAndWaitForShutdown { }", calls[^1]);
    }

    [Fact]
    public async Task Messages_arrive_in_any_order_with_their_severity_and_resource()
    {
        var (exitCode, calls) = await RunAsync(() => Deployment.RunAsync(() =>
        {
            var thing = new Thing("t");
            Log.Info("one", thing);
            Log.Warn("two", streamId: 7, ephemeral: true);
            Log.Debug("three");
        }));

        Assert.Equal(0, exitCode);
        Assert.Equal(
            [
                new LogRequest { Severity = LogSeverity.Info, Message = "one", Urn = "urn:pulumi:dev::demo::demo:index:Thing::t" },
                new LogRequest { Severity = LogSeverity.Debug, Message = "three" },
                new LogRequest { Severity = LogSeverity.Warning, Message = "two", StreamId = 7, Ephemeral = true },
            ],
            Messages(calls).OrderBy(m => m.Message, StringComparer.Ordinal));
    }

    [Fact]
    public async Task A_message_that_cannot_be_sent_ends_the_program_with_1()
    {
        var (exitCode, _) = await RunAsync(() => Deployment.RunAsync(() => Log.Info("anyone?")), engine => engine.RefusesMessages = true);

        Assert.Equal(1, exitCode);
    }

    [Fact]
    public async Task An_engine_that_knows_no_shutdown_does_not_matter()
    {
        var (exitCode, _) = await RunAsync(() => Deployment.RunAsync(() => { }), engine => engine.IsOld = true);

        Assert.Equal(0, exitCode);
    }

    [Fact]
    public async Task A_program_that_throws_does_not_wait_for_what_the_engine_is_doing()
    {
        using var asked = new ManualResetEventSlim();
        using var over = new ManualResetEventSlim();
        await using var engine = await FakeEngine.StartAsync(preview: false);
        engine.OnRegister = request =>
        {
            if (request.Name == "slow")
            {
                asked.Set();
                over.Wait();
            }

            return null;
        };

        var exitCode = await EngineRun.OfAsync(engine, () => Deployment.RunAsync(async () =>
        {
            _ = new Thing("slow");
            await Task.Run(asked.Wait);
            throw new RunException("enough");
        }));
        over.Set();

        Assert.Equal(32, exitCode);
    }

    [Fact]
    public async Task A_resource_that_the_engine_refuses_ends_the_program_with_32()
    {
        var (exitCode, calls) = await RunAsync(
            () => Deployment.RunAsync(() =>
            {
                var thing = new Thing("t");
                _ = new Thing("u", new ThingArgs { Needed = thing.Made });
            }),
            engine => engine.OnRegister = request => request.Name == "t"
                ? throw new Grpc.Core.RpcException(new Grpc.Core.Status(Grpc.Core.StatusCode.Unknown, "refused"))
                : null);

        Assert.Equal(32, exitCode);
        Assert.Contains("refused", Assert.Single(Messages(calls)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_resource_that_failed_while_the_engine_goes_on_has_unknown_outputs()
    {
        Thing? thing = null;
        var (exitCode, _) = await RunAsync(
            () => Deployment.RunAsync(() => { thing = new Thing("t"); }),
            engine => engine.OnRegister = request => request.Name == "t"
                ? new RegisterResourceResponse { Urn = "urn:pulumi:dev::demo::demo:index:Thing::t", Object = new Struct(), Result = Result.Fail }
                : null);

        Assert.Equal(0, exitCode);
        Assert.False(await Pulumi.Utilities.OutputUtilities.GetIsKnownAsync(thing!.Made));
        Assert.False(await Pulumi.Utilities.OutputUtilities.GetIsKnownAsync(thing.Id));
        Assert.True(await Pulumi.Utilities.OutputUtilities.GetIsKnownAsync(thing.Urn));
    }

    [Fact]
    public async Task A_value_that_does_not_fit_its_output_is_a_warning_and_the_default()
    {
        Thing? thing = null;
        var (exitCode, calls) = await RunAsync(
            () => Deployment.RunAsync(() => { thing = new Thing("t"); }),
            engine => engine.Outputs["demo:index:Thing"] = new Struct { Fields = { ["count"] = Value.ForString("many") } });

        Assert.Equal(0, exitCode);
        Assert.Equal(0, await Pulumi.Utilities.OutputUtilities.GetValueAsync(thing!.Count));
        var warning = Assert.Single(Messages(calls));
        Assert.Equal(LogSeverity.Warning, warning.Severity);
        Assert.Equal($"Expected System.Double but got System.String deserializing {typeof(Thing).FullName}.count", warning.Message);
    }

    [Fact]
    public async Task Arguments_a_provider_refuses_are_reported_with_its_reasons()
    {
        var (exitCode, calls) = await RunAsync(
            () => Deployment.RunAsync(async () => { await Deployment.Instance.InvokeAsync("demo:index:look", InvokeArgs.Empty); }),
            engine => engine.OnInvoke = _ => new ResourceInvokeResponse { Failures = { new CheckFailure { Property = "name", Reason = "missing" } } });

        Assert.Equal(32, exitCode);
        Assert.Contains("Invoke of 'demo:index:look' failed: missing (name)", Assert.Single(Messages(calls)).Message, StringComparison.Ordinal);
    }

    private static IReadOnlyList<LogRequest> Messages(IEnumerable<string> calls) =>
        [.. calls.Where(call => call.StartsWith("Engine.Log ", StringComparison.Ordinal)).Select(call => LogRequest.Parser.ParseJson(call["Engine.Log ".Length..]))];

    private static async Task<(int ExitCode, IReadOnlyList<string> Calls)> RunAsync(Func<Task<int>> program, Action<FakeEngine>? prepare = null)
    {
        await using var engine = await FakeEngine.StartAsync(preview: false);
        prepare?.Invoke(engine);
        var exitCode = await EngineRun.OfAsync(engine, program);
        return (exitCode, engine.Calls);
    }

    public sealed class FailingStack : Stack
    {
        public FailingStack() => throw new RunException("not like this");
    }
}
