using Google.Protobuf.WellKnownTypes;
using PassthroughInfra.Embedded.Sdk.Tests.Harness;
using PassthroughInfra.Embedded.Sdk.Tests.Programs;
using PassthroughInfra.Protocol;
using Pulumi;
using Pulumi.Libvirt;

namespace PassthroughInfra.Embedded.Sdk.Tests;

/// <summary>What options come to in a registration, given to the resource or inherited.</summary>
[Collection(EngineRun.Name)]
public sealed class OptionsTests
{
    private const string Parent = "urn:pulumi:dev::demo::demo:index:Group::g";

    [Fact]
    public void Merged_options_keep_both_lists_and_the_seconds_values()
    {
        var first = new CustomResourceOptions { Version = "1", Protect = true, IgnoreChanges = { "a" }, AdditionalSecretOutputs = { "s" } };
        var second = new CustomResourceOptions { Version = "2", DeleteBeforeReplace = true, IgnoreChanges = { "b" }, AdditionalSecretOutputs = { "t" } };

        var merged = CustomResourceOptions.Merge(first, second);

        Assert.Equal(("2", true, true), (merged.Version, merged.Protect, merged.DeleteBeforeReplace));
        Assert.Equal(["a", "b"], merged.IgnoreChanges);
        Assert.Equal(["s", "t"], merged.AdditionalSecretOutputs);
        Assert.Equal(["a"], first.IgnoreChanges);
        Assert.NotSame(first, CustomResourceOptions.Merge(first, null));
    }

    [Fact]
    public async Task Merged_options_keep_the_last_provider_of_a_package()
    {
        IReadOnlyList<string> names = [];
        await new TestMocks().RunAsync(() => names =
        [
            .. ComponentResourceOptions
                .Merge(
                    new ComponentResourceOptions { Providers = { new Provider("a"), new Other("o") } },
                    new ComponentResourceOptions { Providers = { new Provider("b") } })
                .Providers.Select(provider => provider.GetResourceName()),
        ]);

        Assert.Equal(["o", "b"], names);
    }

    [Fact]
    public async Task A_resource_keeps_the_options_it_was_made_with()
    {
        var options = new CustomResourceOptions { IgnoreChanges = { "a" } };
        var (requests, _) = await EngineRun.RegistrationsAsync(() =>
        {
            _ = new Thing("t", null, options);
            options.IgnoreChanges.Add("b");
            options.Protect = true;
        });

        Assert.Equal(["a"], requests["t"].IgnoreChanges);
        Assert.False(requests["t"].HasProtect);
    }

    [Fact]
    public async Task Protection_is_inherited_unless_the_child_says_otherwise()
    {
        var (requests, _) = await EngineRun.RegistrationsAsync(() => _ = new Group(
            "g",
            group =>
            {
                _ = new Thing("inherits", null, new CustomResourceOptions { Parent = group });
                _ = new Thing("differs", null, new CustomResourceOptions { Parent = group, Protect = false });
            },
            new ComponentResourceOptions { Protect = true }));

        Assert.True(requests["inherits"].Protect);
        Assert.True(requests["differs"] is { HasProtect: true, Protect: false });
        Assert.Equal(Parent, requests["inherits"].Parent);
    }

    [Fact]
    public async Task Children_use_the_provider_their_component_has_for_their_package()
    {
        var (requests, _) = await EngineRun.RegistrationsAsync(() =>
        {
            var provider = new Provider("lv");
            _ = new Group(
                "g",
                group =>
                {
                    _ = new Domain("d", null, new CustomResourceOptions { Parent = group });
                    _ = new Thing("other", null, new CustomResourceOptions { Parent = group });
                    _ = new Group(
                        "inner",
                        inner => _ = new Domain("e", null, new CustomResourceOptions { Parent = inner }),
                        new ComponentResourceOptions { Parent = group });
                },
                new ComponentResourceOptions { Provider = provider });
        });

        const string Reference = "urn:pulumi:dev::demo::pulumi:providers:libvirt::lv::id-lv";
        Assert.Equal((Reference, "", Reference), (requests["d"].Provider, requests["other"].Provider, requests["e"].Provider));
    }

    [Fact]
    public async Task A_function_uses_the_provider_of_its_parent()
    {
        var (_, calls) = await EngineRun.RegistrationsAsync(() =>
        {
            var group = new Group("g", null, new ComponentResourceOptions { Providers = { new Provider("lv") } });
            LibvirtFunctions.Node(new InvokeOptions { Parent = group });
        });

        var invoke = Assert.Single(calls, call => call.StartsWith("Invoke ", StringComparison.Ordinal));
        Assert.Contains("\"provider\": \"urn:pulumi:dev::demo::pulumi:providers:libvirt::lv::id-lv\"", invoke, StringComparison.Ordinal);
    }

    [Fact]
    public async Task One_provider_and_a_list_of_them_cannot_both_be_given()
    {
        var error = await Assert.ThrowsAsync<RunException>(() => new TestMocks().RunAsync(() => _ = new Group(
            "g", null, new ComponentResourceOptions { Provider = new Provider("a"), Providers = { new Provider("b") } })));

        Assert.Contains("Do not supply both 'provider' and 'providers' options to a ComponentResource.", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Aliases_are_sent_in_parts_to_an_engine_that_takes_them()
    {
        var (requests, _) = await EngineRun.RegistrationsAsync(() => _ = new Group("g", group => _ = new Thing("t", null, new CustomResourceOptions
        {
            Parent = group,
            Aliases =
            {
                new Pulumi.Alias { Urn = "urn:pulumi:dev::demo::demo:index:Thing::was" },
                new Pulumi.Alias { NoParent = true },
                new Pulumi.Alias { Name = "older", Type = "demo:index:Object", Stack = "test", Project = "trial", Parent = group },
            },
        })));

        Assert.Equal(
            [
                new PassthroughInfra.Protocol.Alias { Urn = "urn:pulumi:dev::demo::demo:index:Thing::was" },
                new PassthroughInfra.Protocol.Alias { Spec = new() { NoParent = true } },
                new PassthroughInfra.Protocol.Alias { Spec = new() { Name = "older", Type = "demo:index:Object", Stack = "test", Project = "trial", ParentUrn = Parent } },
            ],
            requests["t"].Aliases);
        Assert.Empty(requests["t"].AliasURNs);
    }

    [Fact]
    public async Task Aliases_are_sent_whole_with_the_parents_to_an_engine_that_takes_no_parts()
    {
        var (requests, _) = await EngineRun.RegistrationsAsync(
            () => _ = new Group(
                "g",
                group => _ = new Thing("g-thing", null, new CustomResourceOptions { Parent = group, Aliases = { new Pulumi.Alias { Name = "thing" } } }),
                new ComponentResourceOptions { Aliases = { new Pulumi.Alias { Name = "old" } } }),
            engine => engine.UnknownFeatures.Add("aliasSpecs"));

        Assert.Equal(["urn:pulumi:dev::demo::demo:index:Group::old"], requests["g"].AliasURNs);
        Assert.Equal(
            [
                "urn:pulumi:dev::demo::demo:index:Group$demo:index:Thing::thing",
                "urn:pulumi:dev::demo::demo:index:Group$demo:index:Thing::old-thing",
            ],
            requests["g-thing"].AliasURNs.Take(2));
        Assert.Empty(requests["g-thing"].Aliases);
    }

    [Fact]
    public async Task An_engine_that_cannot_delete_with_another_resource_is_an_error()
    {
        await using var engine = await FakeEngine.StartAsync(preview: false);
        engine.UnknownFeatures.Add("deletedWith");

        var exitCode = await EngineRun.OfAsync(engine, () => Deployment.RunAsync(() =>
            { _ = new Thing("t", null, new CustomResourceOptions { DeletedWith = new Thing("u") }); }));

        Assert.Equal(32, exitCode);
        Assert.Contains(engine.Calls, call => call.Contains("The Pulumi CLI does not support the DeletedWith option.", StringComparison.Ordinal));
    }

    private sealed class Other(string name) : ProviderResource("other", name, ResourceArgs.Empty, null);
}
