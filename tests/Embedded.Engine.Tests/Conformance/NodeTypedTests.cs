using PassthroughInfra.Engine.Tests.Fixture;
using PassthroughInfra.Engine.Values;

namespace PassthroughInfra.Engine.Tests.Conformance;

public sealed class NodeTypedTests() : NodeCases("typed")
{
    [Fact]
    public async Task A_program_in_TypeScript_runs_as_it_is() =>
        Assert.Equal((PropertyValue)3, (await UpAsync("any", step: 3)).Fine().Output("step"));
}
