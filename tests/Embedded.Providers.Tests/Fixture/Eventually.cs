using System.Diagnostics;

namespace PassthroughInfra.Engine.Providers.Tests.Fixture;

internal static class Eventually
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    /// <summary>Waits for a condition that something else brings about.</summary>
    public static async Task HoldsAsync(Func<bool> condition, string what)
    {
        var since = Stopwatch.StartNew();
        while (!condition())
        {
            Assert.True(since.Elapsed < Patience, $"It did not come about within {Patience.TotalSeconds} s that {what}.");
            await Task.Delay(10);
        }
    }
}
