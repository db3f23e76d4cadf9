using System.Collections.Immutable;
using PassthroughInfra.Embedded.Sdk.Tests.Harness;
using PassthroughInfra.Embedded.Sdk.Tests.Programs;
using Pulumi;
using Pulumi.Command.Local;
using Pulumi.Command.Remote.Inputs;
using Pulumi.Libvirt;
using Pulumi.Testing;
using Pulumi.Utilities;
using Remote = Pulumi.Command.Remote;

namespace PassthroughInfra.Embedded.Sdk.Tests;

public sealed class MocksTests
{
    [Fact]
    public async Task A_program_under_test_is_a_preview_of_a_stack_called_stack_unless_it_is_told_otherwise()
    {
        var seen = "";
        var preview = false;
        await Deployment.TestAsync(new TestMocks(), new TestOptions(), () =>
        {
            var instance = Deployment.Instance;
            seen = $"{instance.OrganizationName}/{instance.ProjectName}/{instance.StackName}";
            preview = instance.IsDryRun;
        });

        Assert.Equal("organization/project/stack", seen);
        Assert.True(preview);
    }

    [Fact]
    public async Task Mocks_see_secrets_unwrapped_numbers_as_doubles_and_no_unknowns_or_nulls()
    {
        var mocks = new TestMocks();
        await mocks.RunAsync(
            () => _ = new Thing("t", new ThingArgs
            {
                Needed = Output.CreateSecret("s"),
                Count = 3,
                Tags = { "a", OutputUtilities.CreateUnknown("b") },
                Value = new Dictionary<string, object?> { ["x"] = null, ["y"] = 1, ["z"] = new[] { true } },
            }),
            preview: true);

        var inputs = mocks.Resources.Single().Inputs;
        Assert.Equal(["count", "needed", "value"], inputs.Keys.Order());
        Assert.Equal("s", inputs["needed"]);
        Assert.Equal(3.0, inputs["count"]);
        var value = Assert.IsType<ImmutableDictionary<string, object>>(inputs["value"]);
        Assert.Equal(["y", "z"], value.Keys.Order());
        Assert.Equal(true, Assert.Single(Assert.IsType<ImmutableArray<object>>(value["z"])));
    }

    [Fact]
    public async Task Outputs_come_from_the_state_the_mocks_give()
    {
        Thing? thing = null;
        await new TestMocks().RunAsync(() => thing = new Thing("t", new ThingArgs { Needed = "n", Count = 3, Tags = { "a" } }));

        Assert.Equal("t-id", await OutputUtilities.GetValueAsync(thing!.Id));
        Assert.Equal(3, await OutputUtilities.GetValueAsync(thing.Count));
        Assert.Equal("a", Assert.Single(await OutputUtilities.GetValueAsync(thing.Tags)));
        Assert.Equal("urn:pulumi:stack::project::pulumi:pulumi:Stack$demo:index:Thing::t", await OutputUtilities.GetValueAsync(thing.Urn));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_missing_output_is_unknown_at_preview_and_the_default_in_an_update(bool preview)
    {
        Thing? thing = null;
        await new TestMocks().RunAsync(() => thing = new Thing("t"), preview);

        Assert.Equal(!preview, await OutputUtilities.GetIsKnownAsync(thing!.Count));
        Assert.Equal(0, await OutputUtilities.GetValueAsync(thing.Count));
    }

    [Fact]
    public async Task A_test_gets_the_outputs_of_a_function_and_the_resources_without_its_stack()
    {
        var (resources, outputs) = await Deployment.TestAsync(new TestMocks(), new TestOptions(), () => new Dictionary<string, object?>
        {
            ["thing"] = new Thing("t").Needed,
        });

        Assert.Equal("t", Assert.Single(resources).GetResourceName());
        Assert.IsType<Output<string>>(outputs["thing"]);
    }

    [Fact]
    public async Task Resources_made_inside_apply_are_waited_for()
    {
        var mocks = new TestMocks { Before = static async args => await Task.Delay(args.Name == "outer" ? 20 : 5) };
        var resources = await mocks.RunAsync(() => new Thing("outer").Made.Apply(made => new Thing($"{made}-inner").Made));

        Assert.Equal(["outer", "outer-made-inner"], resources.Select(resource => resource.GetResourceName()));
    }

    [Fact]
    public async Task One_error_is_a_run_exception()
    {
        var error = await Assert.ThrowsAsync<RunException>(() => new TestMocks().RunAsync(
            () => Output.Create(1).Apply(int (_) => throw new RunException("wrong"))));

        Assert.Equal("wrong", error.Message);
    }

    [Fact]
    public async Task A_parameterized_package_is_refused_with_the_way_to_have_it()
    {
        var request = new RegisterPackageRequest("terraform-provider", "1.0.0", null);

        var error = await Assert.ThrowsAsync<RunException>(() => new TestMocks().RunAsync(() => _ = new CustomResource("demo:index:Thing", "a", null, null, request)));

        Assert.Contains("'terraform-provider' is parameterized", error.Message, StringComparison.Ordinal);
        Assert.Contains("pulumi CLI", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Several_errors_are_run_exceptions_in_one()
    {
        var mocks = new TestMocks
        {
            Before = static async args =>
            {
                await Task.Delay(args.Name == "first" ? 1 : 20);
                throw new ResourceException($"{args.Name} is wrong", null, hideStack: true);
            },
        };

        var error = await Assert.ThrowsAsync<AggregateException>(() => mocks.RunAsync(() => (_, _) = (new Thing("first"), new Thing("second"))));

        Assert.All(error.InnerExceptions, inner => Assert.IsType<RunException>(inner));
        Assert.Equal(["first is wrong", "second is wrong"], error.InnerExceptions.Select(inner => inner.Message).Order());
    }

    [Fact]
    public async Task An_error_counts_once_however_many_outputs_it_ends()
    {
        var mocks = new TestMocks { Before = static _ => throw new RunException("wrong") };

        await Assert.ThrowsAsync<RunException>(() => mocks.RunAsync(() =>
        {
            var thing = new Thing("t");
            _ = new Thing("u", new ThingArgs { Needed = thing.Needed.Apply(text => text) });
        }));
    }

    [Fact]
    public async Task A_missing_input_names_the_member()
    {
        var error = await Assert.ThrowsAsync<RunException>(() => new TestMocks().RunAsync(() => _ = new Thing("t", new ThingArgs())));

        Assert.Contains($"[Input] {typeof(ThingArgs).FullName}.Needed is required but was not given a value", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_value_that_has_no_place_in_the_protocol_is_named_with_its_place()
    {
        var error = await Assert.ThrowsAsync<RunException>(() => new TestMocks().RunAsync(() => _ = new Thing("t", new ThingArgs
        {
            Needed = "yes",
            Value = new Dictionary<string, object> { ["when"] = DateTime.UnixEpoch },
        })));

        Assert.Contains("System.DateTime is not a supported argument type.\n\tresource:t[demo:index:Thing].value.when", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_call_is_answered_by_the_mocks_and_read_into_its_type()
    {
        var mocks = new TestMocks
        {
            Answer = static _ => new Dictionary<string, object>
            {
                ["capability"] = new Dictionary<string, object>
                {
                    ["type"] = "pci",
                    ["iommuGroup"] = new Dictionary<string, object>
                    {
                        ["number"] = "13",
                        ["addresses"] = new[] { new Dictionary<string, object> { ["slot"] = "0x00" } },
                    },
                },
            },
        };
        NodeDevice? device = null;
        await mocks.RunAsync(() => LibvirtFunctions.Device("pci_0000_01_00_0").Apply(info => device = info));

        Assert.Equal(LibvirtFunctions.DeviceToken, mocks.Calls.Single().Token);
        Assert.Equal("pci_0000_01_00_0", mocks.Calls.Single().Args["name"]);
        Assert.Equal("13", device!.Capability.IommuGroup.Number);
        Assert.Equal("0x00", device.Capability.IommuGroup.Addresses[0]["slot"]);
        Assert.True(device.Devnodes.IsDefault);
    }

    [Fact]
    public async Task A_command_that_is_run_gives_its_output()
    {
        var mocks = new TestMocks { Answer = static _ => new Dictionary<string, object> { ["stdout"] = "hello", ["command"] = "echo" } };
        RunResult? awaited = null;
        RunResult? applied = null;
        await Deployment.TestAsync(mocks, new TestOptions(), async () =>
        {
            awaited = await Run.InvokeAsync(new RunArgs { Command = "echo", Environment = { ["A"] = "b" }, Logging = Logging.None });
            Run.Invoke(new RunInvokeArgs { Command = "echo", Stdin = Output.CreateSecret("s") }).Apply(result => applied = result);
        });

        Assert.Equal("hello", awaited!.Stdout);
        Assert.Equal("hello", applied!.Stdout);
        Assert.Null(applied.Stdin);
        Assert.Equal("none", mocks.Calls[0].Args["logging"]);
        Assert.Equal("s", mocks.Calls[1].Args["stdin"]);
    }

    [Fact]
    public async Task A_call_with_an_unknown_argument_is_not_made()
    {
        var mocks = new TestMocks();
        Output<RunResult>? result = null;
        await mocks.RunAsync(() => result = Run.Invoke(new RunInvokeArgs { Command = "x", Stdin = OutputUtilities.CreateUnknown("y") }), preview: true);

        Assert.Empty(mocks.Calls);
        Assert.False(await OutputUtilities.GetIsKnownAsync(result!));
    }

    [Fact]
    public async Task The_connection_of_a_command_has_defaults_and_is_secret_as_a_whole()
    {
        var args = new Remote.CommandArgs { Connection = new ConnectionArgs { Host = "h" }, Create = "true" };
        var mocks = new TestMocks();
        await mocks.RunAsync(() => _ = new Remote.Command("c", args));

        Assert.True(await Output.IsSecretAsync((Output<ConnectionArgs>)args.Connection!));
        var connection = Assert.IsType<ImmutableDictionary<string, object>>(mocks.Resources.Single().Inputs["connection"]);
        Assert.Equal(
            new Dictionary<string, object> { ["host"] = "h", ["user"] = "root", ["port"] = 22.0, ["dialErrorLimit"] = 10.0, ["perDialTimeout"] = 15.0 },
            connection.ToDictionary());
    }

    [Fact]
    public async Task An_existing_resource_is_read_by_its_id()
    {
        var mocks = new TestMocks();
        AnyDomain? domain = null;
        await mocks.RunAsync(() => domain = AnyDomain.Get("existing", "dom-uuid", new AnyDomainArgs { Memory = 1 }));

        Assert.Equal("dom-uuid", mocks.Resources.Single().Id);
        Assert.Equal("dom-uuid", await OutputUtilities.GetValueAsync(domain!.Id));
        Assert.Equal(1, await OutputUtilities.GetValueAsync(domain.Memory));
    }

    [Fact]
    public async Task Another_stacks_outputs_are_secret_where_they_are_there()
    {
        var mocks = new StackMocks();
        StackReference? other = null;
        await Deployment.TestAsync(mocks, new TestOptions(), () => { other = new StackReference("org/other/prod"); });

        Assert.Equal("plain", (await other!.GetOutputDetailsAsync("open")).Value);
        Assert.Equal("hidden", (await other.GetOutputDetailsAsync("closed")).SecretValue);
        Assert.Equal("plain", await other.RequireValueAsync("open"));
        await Assert.ThrowsAsync<InvalidOperationException>(() => other.GetValueAsync("closed"));
        await Assert.ThrowsAsync<KeyNotFoundException>(() => other.RequireValueAsync("absent"));
        Assert.Null(await other.GetValueAsync("absent"));
    }

    [Fact]
    public async Task Transformations_of_the_resource_and_of_its_parents_change_what_is_registered()
    {
        var mocks = new TestMocks();
        ResourceTransformationResult? Renamed(ResourceTransformationArgs args, string suffix) => args.Args is ThingArgs given
            ? new ResourceTransformationResult(new ThingArgs { Needed = Output.Format($"{given.Needed}{suffix}") }, args.Options)
            : null;
        await mocks.RunAsync(() => _ = new Group(
            "g",
            group => _ = new Thing("t", null, new CustomResourceOptions { Parent = group, ResourceTransformations = { args => Renamed(args, "-own") } }),
            new ComponentResourceOptions { ResourceTransformations = { args => Renamed(args, "-parent") } }));

        Assert.Equal("yes-own-parent", mocks.Resources.Single(resource => resource.Name == "t").Inputs["needed"]);
    }

    [Fact]
    public async Task Two_tests_at_once_do_not_see_each_other()
    {
        static async Task<string> Run(string stack)
        {
            var seen = "";
            await Deployment.TestAsync(new TestMocks(), new TestOptions { StackName = stack }, async () =>
            {
                await Task.Delay(10);
                seen = Deployment.Instance.StackName;
            });
            return seen;
        }

        Assert.Equal(["a", "b"], await Task.WhenAll(Run("a"), Run("b")));
    }

    [Fact]
    public void Outside_a_program_there_is_no_instance()
    {
        var error = Assert.Throws<InvalidOperationException>(() => Deployment.Instance);

        Assert.Equal("Trying to acquire Deployment.Instance before 'Run' was called.", error.Message);
    }

    private sealed class StackMocks : IMocks
    {
        public Task<(string? id, object state)> NewResourceAsync(MockResourceArgs args) => Task.FromResult<(string?, object)>((args.Id, args.Inputs
            .Add("outputs", new Dictionary<string, object> { ["open"] = "plain", ["closed"] = "hidden" })
            .Add("secretOutputNames", new[] { "closed" })));

        public Task<object> CallAsync(MockCallArgs args) => Task.FromResult<object>(args.Args);
    }
}
