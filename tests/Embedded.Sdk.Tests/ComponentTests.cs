using System.Collections.Immutable;
using PassthroughInfra.Embedded.Sdk.Tests.Harness;
using Pulumi;
using Pulumi.Utilities;

namespace PassthroughInfra.Embedded.Sdk.Tests;

public sealed class ComponentTests
{
    [Fact]
    public async Task A_component_that_names_no_outputs_registers_its_marked_properties()
    {
        var mocks = new TestMocks();
        await mocks.RunAsync(() => _ = new Pair("pair"));

        var outputs = Assert.Single(mocks.Outputs, request => request.Urn.EndsWith("demo:index:Pair::pair", StringComparison.Ordinal)).Outputs;
        Assert.Equal(["Left", "right"], outputs.Keys.Order(StringComparer.Ordinal));
        Assert.Equal("l", await OutputUtilities.GetValueAsync(outputs["Left"]));
        Assert.Equal(2.0, await OutputUtilities.GetValueAsync(outputs["right"]));
    }

    public static TheoryData<Type> Types =>
    [
        typeof(bool?), typeof(object), typeof(ImmutableArray<Range>), typeof(ImmutableDictionary<string, ImmutableArray<string>>),
        typeof(Pulumi.Command.Remote.Logging), typeof(DayOfWeek), typeof(Asset), typeof(Thing),
    ];

    [Theory]
    [MemberData(nameof(Types))]
    public async Task An_output_can_be_of_these_types(Type type) => await new TestMocks().RunAsync(() => Make(type));

    public static TheoryData<Type> OtherTypes =>
    [
        typeof(List<string>), typeof(string[]), typeof(FileAsset), typeof(ImmutableDictionary<int, string>), typeof(ImmutableArray<long>), typeof(Uri),
    ];

    [Theory]
    [MemberData(nameof(OtherTypes))]
    public async Task An_output_of_any_other_type_is_refused_when_the_resource_is_made(Type type)
    {
        var error = await Assert.ThrowsAsync<RunException>(() => new TestMocks().RunAsync(() => Make(type)));

        Assert.Contains("Value has the type", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_class_with_one_public_constructor_needs_no_mark_on_it()
    {
        Holder<Range>? holder = null;
        var mocks = new TestMocks { State = new Dictionary<string, object> { ["value"] = new Dictionary<string, object> { ["first"] = 1, ["last"] = 3 } } };
        await mocks.RunAsync(() => holder = new Holder<Range>("holder"));

        Assert.Equal(3, (await OutputUtilities.GetValueAsync(holder!.Value)).Last);
    }

    private static void Make(Type type) => Activator.CreateInstance(
        typeof(Holder<>).MakeGenericType(type), System.Reflection.BindingFlags.DoNotWrapExceptions, null, ["holder"], null);

    private sealed class Pair : ComponentResource
    {
        public Pair(string name)
            : base("demo:index:Pair", name)
        {
            (Left, Right, Hidden) = (Output.Create("l"), Output.Create(2), Output.Create("h"));
            RegisterOutputs();
        }

        [Output]
        public Output<string> Left { get; private set; }

        [Output("right")]
        public Output<int> Right { get; private set; }

        public Output<string> Hidden { get; }
    }

    public sealed class Holder<T>(string name) : CustomResource("demo:index:Holder", name, ResourceArgs.Empty, null)
    {
        [Output("value")]
        public Output<T> Value { get; private set; } = null!;
    }

    [OutputType]
    public sealed class Range(int first, int last)
    {
        public int First => first;

        public int Last => last;
    }
}
