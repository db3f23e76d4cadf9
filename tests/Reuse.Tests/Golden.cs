using PassthroughInfra.Component.Tests.Support;

namespace PassthroughInfra.Reuse.Tests;

/// <summary>Files of the repository that are made from something else. UPDATE_GOLDEN=1 makes them anew; read them before they are committed.</summary>
internal static class Golden
{
    private static bool Updates => Environment.GetEnvironmentVariable("UPDATE_GOLDEN") == "1";

    /// <summary>Holds what was made against what is kept.</summary>
    /// <param name="file">Relative to the repository.</param>
    /// <param name="made">What there should be.</param>
    /// <param name="test">The test class that makes it, for the one command that mends it.</param>
    public static void Check(string file, string made, string test)
    {
        var path = Path.Combine(Repository.Root, file);
        if (Updates)
        {
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            File.WriteAllText(path, made);
        }

        var kept = File.Exists(path) ? File.ReadAllText(path) : "";
        if (kept != made)
        {
            Assert.Fail($"{file} is not current: {FirstDifference(kept, made)}\nMake it anew, and read it: UPDATE_GOLDEN=1 dotnet test tests/Reuse.Tests --filter {test}");
        }
    }

    private static string FirstDifference(string kept, string made)
    {
        var (before, after) = (kept.Split('\n'), made.Split('\n'));
        var at = Enumerable.Range(0, Math.Max(before.Length, after.Length)).First(i => before.ElementAtOrDefault(i) != after.ElementAtOrDefault(i));
        return $"line {at + 1}\n  kept: {before.ElementAtOrDefault(at) ?? "(end)"}\n  now:  {after.ElementAtOrDefault(at) ?? "(end)"}";
    }
}
