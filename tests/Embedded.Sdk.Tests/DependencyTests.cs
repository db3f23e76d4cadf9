using Google.Protobuf.WellKnownTypes;
using PassthroughInfra.Embedded.Sdk.Tests.Harness;
using PassthroughInfra.Protocol;
using Pulumi;
using Pulumi.Libvirt;

namespace PassthroughInfra.Embedded.Sdk.Tests;

/// <summary>What a resource waits for, and how it names others.</summary>
[Collection(EngineRun.Name)]
public sealed class DependencyTests
{
    private const string Parent = "urn:pulumi:dev::demo::demo:index:Group::g";

    [Fact]
    public async Task To_depend_on_a_component_is_to_depend_on_what_it_is_made_of()
    {
        var (requests, _) = await EngineRun.RegistrationsAsync(() =>
        {
            var group = new Group("g", group =>
            {
                var child = new Thing("child", null, new CustomResourceOptions { Parent = group });
                _ = new Thing("grandchild", null, new CustomResourceOptions { Parent = child });
                _ = new Group(
                    "inner",
                    inner => _ = new Thing("deep", null, new CustomResourceOptions { Parent = inner }),
                    new ComponentResourceOptions { Parent = group });
            });
            _ = new Thing("after", null, new CustomResourceOptions { DependsOn = { group } });
        });

        Assert.Equal(
            [
                "urn:pulumi:dev::demo::demo:index:Group$demo:index:Group$demo:index:Thing::deep",
                "urn:pulumi:dev::demo::demo:index:Group$demo:index:Thing::child",
            ],
            requests["after"].Dependencies.Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task A_value_of_a_resource_is_a_dependency_of_that_property_alone()
    {
        var (requests, _) = await EngineRun.RegistrationsAsync(() =>
        {
            var first = new Thing("first");
            _ = new Thing("second", new ThingArgs { Needed = first.Needed, Count = 1 });
        });

        var urn = "urn:pulumi:dev::demo::demo:index:Thing::first";
        Assert.Equal([urn], requests["second"].Dependencies);
        Assert.Equal([urn], requests["second"].PropertyDependencies["needed"].Urns);
        Assert.Empty(requests["second"].PropertyDependencies["count"].Urns);
    }

    [Fact]
    public async Task An_output_of_a_component_that_a_provider_makes_depends_on_what_the_provider_says()
    {
        const string Inside = "urn:pulumi:dev::demo::demo:index:Far$demo:index:Thing::inside";
        var (requests, _) = await EngineRun.RegistrationsAsync(
            () => _ = new Thing("after", new ThingArgs { Needed = new Far("far").Result }),
            engine => engine.OnRegister = static request => request.Type == "demo:index:Far"
                ? new RegisterResourceResponse
                {
                    Urn = "urn:pulumi:dev::demo::demo:index:Far::far",
                    Object = new Struct { Fields = { ["result"] = Value.ForString("r") } },
                    PropertyDependencies = { ["result"] = new RegisterResourceResponse.Types.PropertyDependencies { Urns = { Inside } } },
                }
                : null);

        Assert.True(requests["far"].Remote);
        Assert.Equal(
            ["urn:pulumi:dev::demo::demo:index:Far$demo:index:Thing::inside", "urn:pulumi:dev::demo::demo:index:Far::far"],
            requests["after"].PropertyDependencies["needed"].Urns.Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task A_reference_alone_is_no_dependency_of_a_component_that_a_provider_makes()
    {
        var (requests, _) = await EngineRun.RegistrationsAsync(() => _ = new Far("far", new ThingArgs { Needed = "n", Value = new Thing("t") }));

        Assert.Empty(requests["far"].PropertyDependencies["value"].Urns);
        Assert.Equal(
            Marked("5cf8f73096256a8f31e491e813e4eb8e", "urn:pulumi:dev::demo::demo:index:Thing::t", "id-t"),
            requests["far"].Object.Fields["value"]);
    }

    [Fact]
    public async Task Without_references_a_resource_is_its_id_and_a_component_its_urn()
    {
        var (requests, _) = await EngineRun.RegistrationsAsync(
            () => _ = new Thing("t", new ThingArgs
            {
                Needed = "n",
                Value = new Dictionary<string, object> { ["thing"] = new Thing("u"), ["group"] = new Group("g") },
            }),
            engine => engine.UnknownFeatures.Add("resourceReferences"));

        var value = requests["t"].Object.Fields["value"].StructValue.Fields;
        Assert.Equal(("id-u", Parent), (value["thing"].StringValue, value["group"].StringValue));
    }

    [Fact]
    public async Task A_reference_to_a_resource_becomes_an_object_of_its_class()
    {
        object? found = null;
        await using var engine = await FakeEngine.StartAsync(preview: false);
        const string Domain = "urn:pulumi:dev::demo::libvirt:index/domain:Domain::d";
        engine.OnInvoke = request => request.Tok == "demo:index:find"
            ? new ResourceInvokeResponse { Return = new Struct { Fields = { ["result"] = Marked("5cf8f73096256a8f31e491e813e4eb8e", Domain) } } }
            : new ResourceInvokeResponse
            {
                Return = new Struct
                {
                    Fields =
                    {
                        ["urn"] = Value.ForString(Domain),
                        ["id"] = Value.ForString("dom-uuid"),
                        ["state"] = Value.ForStruct(new Struct { Fields = { ["vcpu"] = Value.ForNumber(2) } }),
                    },
                }
            };

        var exitCode = await EngineRun.OfAsync(engine, () => Deployment.RunAsync(() =>
            { Deployment.Instance.InvokeSingle<Pulumi.Resource>("demo:index:find", InvokeArgs.Empty).Apply(resource => found = resource); }));

        Assert.Equal(0, exitCode);
        var domain = Assert.IsType<Domain>(found);
        Assert.Equal("dom-uuid", await Pulumi.Utilities.OutputUtilities.GetValueAsync(domain.Id));
        Assert.Equal(2, await Pulumi.Utilities.OutputUtilities.GetValueAsync(domain.Vcpu));
    }

    private static Value Marked(string signature, string urn, string? id = null)
    {
        var marked = new Struct
        {
            Fields = { ["4dabf18193072939515e22adb298388d"] = Value.ForString(signature), ["urn"] = Value.ForString(urn) },
        };
        if (id is not null)
            marked.Fields["id"] = Value.ForString(id);
        return Value.ForStruct(marked);
    }

    private sealed class Far(string name, ThingArgs? args = null) : ComponentResource("demo:index:Far", name, args, null, remote: true)
    {
        [Output("result")]
        public Output<string> Result { get; private set; } = null!;
    }
}
