namespace PassthroughInfra.Cli.Display;

/// <summary>Durations for a person.</summary>
internal static class Durations
{
    /// <summary>Such as <c>0.35s</c>, <c>12s</c>, <c>3m04s</c>.</summary>
    public static string Short(TimeSpan duration) =>
        duration.TotalSeconds < 10 ? $"{duration.TotalSeconds:0.00}s"
        : duration.TotalMinutes < 1 ? $"{duration.TotalSeconds:0}s"
        : $"{(int)duration.TotalMinutes}m{duration.Seconds:00}s";

    /// <summary>While it runs: whole seconds.</summary>
    public static string Whole(TimeSpan duration) => duration.TotalMinutes < 1 ? $"{(int)duration.TotalSeconds}s" : $"{(int)duration.TotalMinutes}m{duration.Seconds:00}s";
}
