using PassthroughInfra.Engine.Tests.Fixture;
using PassthroughInfra.Engine.Values;

namespace PassthroughInfra.Engine.Tests.Conformance;

public sealed class NodeComponentTests() : NodeCases("components")
{
    [Fact]
    public async Task Components_within_components_are_parents_in_URN_and_state()
    {
        var run = (await UpAsync("nested")).Fine();
        Assert.Equal("create 4", run.Changes);
        Assert.Equal("urn:pulumi:dev::demo::test:index:Comp$test:index:Comp$test:index:Res::leaf", run.Output("urn")!.AsString);
        Assert.Equal("leaf-1:x", run.Output("leaf")!.AsString);
        Assert.Equal(Stack.State("inner").Urn, Stack.State("leaf").Parent);
        Assert.Equal("w", Stack.State("inner").Outputs.GetString("value"));
        Assert.Equal("same 4", (await UpAsync("nested")).Fine().Changes);
        Assert.Equal("delete 4", (await Stack.DestroyAsync()).Fine().Changes);
    }

    [Fact]
    public async Task What_depends_on_a_component_waits_for_its_children()
    {
        (await UpAsync("dependsOnComponent")).Fine();
        Assert.Equal(["create child", "create after"], Stack.Provider.Calls);
        Assert.Contains(Stack.State("child").Urn, Stack.State("after").Dependencies);
    }

    [Fact]
    public async Task A_components_provider_is_its_childrens()
    {
        (await UpAsync("providersFromParent")).Fine();
        Assert.StartsWith("urn:pulumi:dev::demo::pulumi:providers:test::p::", Stack.State("leaf").Provider, StringComparison.Ordinal);
        Assert.Equal(["configure {uri: u}", "create leaf"], Stack.Provider.Calls);
    }

    [Fact]
    public async Task Children_follow_a_renamed_component()
    {
        (await UpAsync("aliasOfParent")).Fine();
        Assert.Equal("same 3", (await UpAsync("aliasOfParent", 2)).Fine().Changes);
        Assert.Equal("old-disk-1", Stack.State("new-disk").Id);
    }

    [Fact]
    public async Task Resources_can_be_inputs_and_outputs()
    {
        (await PreviewAsync("references")).Fine();
        var run = (await UpAsync("references")).Fine();
        // The Node SDK writes resources among the stack's outputs out as their properties, and keeps them as references elsewhere.
        Assert.Equal("a-1:1", run.Output("a")!.AsMap!.GetString("out"));
        Assert.Equal(new PropertyResource("urn:pulumi:dev::demo::test:index:Res::a", "a-1"), Stack.State("b").Inputs["resource"]);
        Assert.Equal(new PropertyResource("urn:pulumi:dev::demo::test:index:Comp::comp", null), Stack.State("b").Inputs["component"]);
        Assert.Equal("same 4", (await UpAsync("references")).Fine().Changes);
    }

    [Fact]
    public async Task Transformations_that_the_SDK_does_itself_work() =>
        Assert.Equal("a-1:transformed", (await UpAsync("transformations")).Fine().Output("out")!.AsString);
}
