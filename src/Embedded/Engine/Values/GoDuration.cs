using System.Globalization;
using System.Text.RegularExpressions;

namespace PassthroughInfra.Engine.Values;

/// <summary>Durations as Go writes them, which the protocol uses for timeouts: <c>300000000000ns</c>, <c>1h15m</c>, <c>1.5s</c>.</summary>
internal static partial class GoDuration
{
    /// <summary>The duration in seconds; null for an empty text.</summary>
    /// <exception cref="FormatException">It is no duration.</exception>
    public static double? ParseSeconds(string? text)
    {
        if (string.IsNullOrEmpty(text))
            return null;
        if (!Whole().IsMatch(text))
            throw new FormatException($"'{text}' is no duration (such as 90s, 10m or 1h30m).");
        return Part().Matches(text).Sum(part => double.Parse(part.Groups[1].Value, CultureInfo.InvariantCulture) * SecondsOf(part.Groups[2].Value));
    }

    private static double SecondsOf(string unit) => unit switch
    {
        "ns" => 1e-9,
        "us" or "µs" => 1e-6,
        "ms" => 1e-3,
        "s" => 1,
        "m" => 60,
        _ => 3600,
    };

    [GeneratedRegex(@"^(\d+(\.\d+)?(ns|us|µs|ms|s|m|h))+$")]
    private static partial Regex Whole();

    [GeneratedRegex(@"(\d+(?:\.\d+)?)(ns|us|µs|ms|s|m|h)")]
    private static partial Regex Part();
}
