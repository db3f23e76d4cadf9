using PassthroughInfra.Embedded.Sdk.Tests.Harness;
using Pulumi;
using Pulumi.Testing;
using Pulumi.Utilities;

namespace PassthroughInfra.Embedded.Sdk.Tests;

public sealed class StackClassTests
{
    [Fact]
    public async Task A_test_of_a_stack_class_gets_its_resources_in_order_with_the_stack_first()
    {
        var resources = await Deployment.TestAsync<OneThingStack>(new TestMocks());

        Assert.Equal(["project-stack", "one"], resources.Select(resource => resource.GetResourceName()));
    }

    [Fact]
    public async Task The_outputs_of_a_stack_class_are_its_marked_properties()
    {
        var mocks = new TestMocks();
        await Deployment.TestAsync<OneThingStack>(mocks, new TestOptions { IsPreview = false });

        var outputs = Assert.Single(mocks.Outputs).Outputs;
        Assert.Equal("yes", await OutputUtilities.GetValueAsync(outputs["Needed"]));
        Assert.Equal("one-made", await OutputUtilities.GetValueAsync(outputs["renamed"]));
    }

    [Fact]
    public async Task A_stack_class_that_leaves_an_output_out_is_told_which()
    {
        var error = await Assert.ThrowsAsync<RunException>(() => Deployment.TestAsync<ForgetfulStack>(new TestMocks()));

        Assert.Equal(
            "Output(s) 'Forgotten' have no value assigned. [Output] attributed properties must be assigned inside Stack constructor.",
            error.Message);
    }

    [Fact]
    public async Task A_stack_class_whose_output_is_none_is_told_which()
    {
        var error = await Assert.ThrowsAsync<RunException>(() => Deployment.TestAsync<PlainStack>(new TestMocks()));

        Assert.Contains("Output(s) 'Text' have incorrect type.", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_stack_class_can_come_from_a_service_provider()
    {
        var resources = await Deployment.TestWithServiceProviderAsync<OneThingStack>(new TestMocks(), new Services());

        Assert.Equal(2, resources.Length);
    }

    public sealed class OneThingStack : Stack
    {
        public OneThingStack()
        {
            var thing = new Thing("one");
            (Needed, Made) = (thing.Needed, thing.Made);
        }

        [Output]
        public Output<string> Needed { get; set; }

        [Output("renamed")]
        public Output<string> Made { get; set; }
    }

    public sealed class ForgetfulStack : Stack
    {
        public ForgetfulStack() => Forgotten = null!;

        [Output]
        public Output<string> Forgotten { get; set; }
    }

    public sealed class PlainStack : Stack
    {
        [Output]
        public string Text { get; set; } = "";
    }

    private sealed class Services : IServiceProvider
    {
        public object? GetService(Type serviceType) => serviceType == typeof(OneThingStack) ? new OneThingStack() : null;
    }
}
