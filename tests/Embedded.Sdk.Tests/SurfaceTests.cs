using System.Reflection;
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

    private static string[] Paths => Metadata("SdkUsers").Split(';', StringSplitOptions.RemoveEmptyEntries);

    public static TheoryData<string> Users => new(Paths.Select(static path => Path.GetFileName(path)));

    /// <summary>Component, stacks and tests build against either SDK: what they use is therefore in the list, whichever they were built with.</summary>
    [Theory]
    [MemberData(nameof(Users))]
    public void Every_member_that_is_used_is_one_of_the_official_sdk(string assembly)
    {
        var official = File.ReadLines(ListPath).ToHashSet(StringComparer.Ordinal);

        var used = UsedMembers.Of(Paths.Single(path => Path.GetFileName(path) == assembly), Paths);

        Assert.NotEmpty(used);
        var extra = used.Where(line => !official.Contains(line)).Order(StringComparer.Ordinal);
        Assert.True(!extra.Any(), $"Used, and not in official-surface.txt:\n{string.Join('\n', extra)}");
    }

    private static string Metadata(string key) =>
        typeof(SurfaceTests).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(attribute => attribute.Key == key).Value!;
}
