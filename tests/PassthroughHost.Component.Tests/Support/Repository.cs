using System.Runtime.CompilerServices;

namespace PassthroughInfra.Component.Tests.Support;

/// <summary>Where things stand in the source tree.</summary>
internal static class Repository
{
    public static string Root { get; } = Path.GetFullPath(Path.Combine(Here(), "..", "..", ".."));

    public static string Tests { get; } = Path.GetFullPath(Path.Combine(Here(), ".."));

    private static string Here([CallerFilePath] string file = "") => Path.GetDirectoryName(file)!;
}
