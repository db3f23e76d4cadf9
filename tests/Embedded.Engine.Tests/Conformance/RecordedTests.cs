using PassthroughInfra.Engine.Tests.Fixture;

namespace PassthroughInfra.Engine.Tests.Conformance;

/// <summary>
/// Small programs, each taken through up, preview, up, up, refresh and destroy. What the pulumi CLI 3.274.1 did with them (Node SDK 3.248.0, command provider
/// 1.2.1) stands in <c>node/recorded/expected.json</c>; where this engine does something else on purpose, <c>differs.json</c> says what and why.
/// </summary>
[Trait("Length", "minutes")]
public sealed class RecordedTests
{
    [Theory]
    [MemberData(nameof(RecordedRuns.Odd), MemberType = typeof(RecordedRuns))]
    public Task It_does_what_the_CLI_did(string name) => RecordedRuns.CompareAsync(name);

    [Fact]
    public void What_differs_is_named_in_the_documents()
    {
        var page = File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "engines.md"));
        Assert.All(RecordedRuns.Reasons, c => Assert.Contains($"`{c.Key}`", page, StringComparison.Ordinal));
    }
}

/// <summary>The other half of them, in a class of its own so that the two run side by side.</summary>
[Trait("Length", "minutes")]
public sealed class OtherRecordedTests
{
    [Theory]
    [MemberData(nameof(RecordedRuns.Even), MemberType = typeof(RecordedRuns))]
    public Task It_does_what_the_CLI_did(string name) => RecordedRuns.CompareAsync(name);
}
