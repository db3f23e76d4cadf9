using System.Globalization;
using System.Text.RegularExpressions;

namespace PassthroughInfra.Component.Platform;

/// <summary>
/// The kernel argument that keeps the firmware's framebuffer away, by the kernel's release. Source: Linux <c>drivers/firmware/sysfb.c</c> (since 5.15 the one place
/// that makes the framebuffer's device) and <c>Documentation/admin-guide/kernel-parameters.txt</c>, <c>initcall_blacklist=</c>, <c>video=</c>.
/// </summary>
internal static partial class BootFramebufferArgument
{
    private const string List = "initcall_blacklist=";
    private const string Made = "sysfb_init";

    /// <summary>The argument for a kernel; for one whose release is not understood, that of new ones.</summary>
    public static string Of(string release) => HasSysfb(release) ? List + Made : "video=efifb:off";

    /// <summary>Whether a kernel runs without that framebuffer.</summary>
    /// <param name="release">The kernel's release.</param>
    /// <param name="arguments">Its arguments.</param>
    public static bool IsAmong(string release, IEnumerable<string> arguments) => HasSysfb(release)
        ? arguments.Any(a => a.StartsWith(List, StringComparison.Ordinal) && a[List.Length..].Split(',').Contains(Made))
        : arguments.Contains(Of(release));

    private static bool HasSysfb(string release)
    {
        var version = Release().Match(release);
        return !version.Success
            || (Number(version, 1), Number(version, 2)).CompareTo((5, 15)) >= 0;
    }

    private static int Number(Match match, int group) => int.Parse(match.Groups[group].Value, CultureInfo.InvariantCulture);

    [GeneratedRegex("^([0-9]{1,4})\\.([0-9]{1,4})")]
    private static partial Regex Release();
}
