namespace PassthroughInfra.Component.Tests.Support;

/// <summary>How many of a script's steps a test ends it at: every one takes many minutes, and some, all kinds of continuation among them, are enough for every day.</summary>
internal static class Steps
{
    /// <summary>The distance from one step to the next that is tried: 1 if PASSTHROUGH_EVERY_STEP is set.</summary>
    /// <param name="usual">In <c>./test</c>.</param>
    /// <param name="all">In <c>./test --all</c>.</param>
    public static int Stride(int usual, int all) =>
        Environment.GetEnvironmentVariable("PASSTHROUGH_EVERY_STEP") is { Length: > 0 } ? 1
        : Environment.GetEnvironmentVariable("PASSTHROUGH_TEST_ALL") is { Length: > 0 } ? all
        : usual;
}
