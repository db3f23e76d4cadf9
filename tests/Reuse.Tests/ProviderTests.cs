using System.Collections.Immutable;
using System.Reflection;
using System.Text.Json;
using PassthroughInfra.Component.Tests.Support;
using PassthroughInfra.Provider;
using Pulumi;
using Pulumi.Testing;
using Pulumi.Utilities;

namespace PassthroughInfra.Reuse.Tests;

/// <summary>
/// The component for stacks in other languages. The official SDK makes the provider's schema from the classes; what it asks of them is looked at here,
/// where that SDK need not be. Source: Pulumi's .NET SDK, ComponentAnalyzer and ComponentProvider.
/// </summary>
public sealed class ProviderTests
{
    // object is any type in a schema. Collections are left out: none is known both to the schema and to the SDK's outputs.
    private static readonly Type[] Known = [typeof(string), typeof(bool), typeof(int), typeof(double), typeof(object)];

    [Fact]
    public void A_schema_can_be_made_of_every_input_and_output()
    {
        Assert.All(Own(typeof(HostArgs)), p =>
        {
            Assert.NotNull(p.GetCustomAttribute<InputAttribute>());
            Assert.Contains(Inner(p.PropertyType, typeof(Input<>)) ?? p.PropertyType, Known);
        });
        Assert.All(Own(typeof(Host)), p =>
        {
            Assert.NotNull(p.GetCustomAttribute<OutputAttribute>()?.Name);
            Assert.Contains(Inner(p.PropertyType, typeof(Output<>)), Known);
        });
    }

    [Fact]
    public void The_provider_has_one_component_and_can_make_it()
    {
        var component = Assert.Single(typeof(Host).Assembly.GetTypes(), t => t.IsAssignableTo(typeof(ComponentResource)));
        var parameters = Assert.Single(component.GetConstructors()).GetParameters();
        Assert.Equal([typeof(string), typeof(HostArgs), typeof(ComponentResourceOptions)], parameters.Select(p => p.ParameterType));
        Assert.Equal("args", parameters[1].Name);
        Assert.NotNull(typeof(HostArgs).GetConstructor([]));
    }

    [Fact]
    public async Task A_host_from_JSON_has_the_components_outputs()
    {
        var machine = JsonSerializer.Serialize(new
        {
            connection = new { host = "headless.internal", hostKey = "insecure-accept-any" },
            facts = Path.Combine(Repository.Root, "stacks/probes/headless.json"),
            devices = new[] { new { name = "nvme", address = "01:00.0", id = "144d:a80a" } },
        });
        var resources = await Deployment.TestAsync(new Mocks(), new TestOptions(), () => { _ = new Host("gpu", new HostArgs { Machine = machine }); });
        var host = Assert.Single(resources.OfType<Host>());
        Assert.Equal("passthrough-infra:index:Host", host.GetResourceType());
        Assert.False(await OutputUtilities.GetValueAsync(host.InSync));
        Assert.Empty(Assert.IsType<ImmutableArray<string>>(await OutputUtilities.GetValueAsync(host.Drift)));
        Assert.Equal("0000:01:00.0", Assert.IsType<ImmutableDictionary<string, string>>(await OutputUtilities.GetValueAsync(host.Devices))["nvme"]);
    }

#if PULUMI_OFFICIAL
    [Fact]
    public void The_official_SDK_makes_the_schema()
    {
        var schema = Pulumi.Experimental.Provider.ComponentAnalyzer.GenerateSchema(new Pulumi.Experimental.Provider.Metadata("passthrough-infra"), typeof(Host));
        Assert.Equal("passthrough-infra:index:Host", Assert.Single(schema.Resources).Key);
    }
#endif

    private static PropertyInfo[] Own(Type type) => type.GetProperties(BindingFlags.DeclaredOnly | BindingFlags.Public | BindingFlags.Instance);

    private static Type? Inner(Type type, Type definition) =>
        type.IsGenericType && type.GetGenericTypeDefinition() == definition ? type.GetGenericArguments()[0] : null;

    private sealed class Mocks : IMocks
    {
        public Task<(string? id, object state)> NewResourceAsync(MockResourceArgs args) => Task.FromResult<(string?, object)>(($"{args.Name}-id", args.Inputs));

        public Task<object> CallAsync(MockCallArgs args) => throw new NotSupportedException($"{args.Token} is not to be called.");
    }
}
