using PassthroughInfra.Embedded.Sdk.Tests.Harness;

namespace PassthroughInfra.Embedded.Sdk.Tests;

public sealed class SurfaceTests
{
    private static string ListPath => Path.Combine(AppContext.BaseDirectory, "official-surface.txt");

    [Fact]
    public void Every_public_member_is_one_of_the_official_sdk()
    {
        var official = File.ReadLines(ListPath).ToHashSet(StringComparer.Ordinal);

        var extra = PublicSurface.Of(typeof(Pulumi.Resource).Assembly).Where(line => !official.Contains(line));

        Assert.True(!extra.Any(), $"Not in official-surface.txt:\n{string.Join('\n', extra)}");
    }
}
