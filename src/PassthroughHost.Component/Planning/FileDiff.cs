using System.Globalization;
using System.Text;
using DiffPlex.Renderer;
using PassthroughInfra.Component.Facts;

namespace PassthroughInfra.Component.Planning;

/// <summary>Shows what changes in a file, as <c>diff -u</c> would.</summary>
public static class FileDiff
{
    /// <summary>The unified diff from the file as found to the file as wanted, with a line for each change of mode or owner.</summary>
    /// <param name="live">The file as found.</param>
    /// <param name="wanted">The file as wanted.</param>
    /// <param name="dated">Whether the time of the file as found stands beside its name, as <c>diff -u</c> has it: for what somebody changed.</param>
    public static string Unified(FileFacts live, ManagedFile wanted, bool dated = false)
    {
        if (live.Kind == FileKind.Absent && wanted is { IsScript: true, Content: { } script })
        {
            return $"--- /dev/null\n+++ {wanted.Path}\n# a script of this project, {script.Count(c => c == '\n')} lines";
        }

        var text = new StringBuilder();
        if (live.Kind is FileKind.Link or FileKind.Other)
        {
            text.Append($"{wanted.Path}: {(live.Kind == FileKind.Link ? "a link to " + live.Content : "no regular file")} -> a regular file\n");
        }
        else if (live.Kind == FileKind.Regular && wanted.Content is not null && (live.Mode != wanted.Mode || live.Owner != "root:root"))
        {
            text.Append($"{wanted.Path}: mode {live.Mode} {live.Owner} -> {wanted.Mode} root:root\n");
        }

        var before = live.Kind == FileKind.Regular ? live.Content : "";
        var after = wanted.Content ?? "";
        if (before != after || live.Kind == FileKind.Absent || wanted.Content is null)
        {
            // The renderer takes what follows the last line end for a line.
            var ended = !before.Equals(after.TrimEnd('\n'), StringComparison.Ordinal) && !after.Equals(before.TrimEnd('\n'), StringComparison.Ordinal);
            text.Append(UnidiffRenderer.GenerateUnidiff(
                ended ? Lines(before) : before,
                ended ? Lines(after) : after,
                live.Kind == FileKind.Absent ? "/dev/null" : wanted.Path + (dated && live.ModifiedAt > 0 ? $"\t{Time(live.ModifiedAt)}" : ""),
                wanted.Content is null ? "/dev/null" : wanted.Path,
                ignoreWhitespace: false).ReplaceLineEndings("\n")
                .Replace("@@ -1,0 +", "@@ -0,0 +", StringComparison.Ordinal)
                .Replace(" +1,0 @@", " +0,0 @@", StringComparison.Ordinal));
        }

        return text.ToString().TrimEnd('\n');
    }

    /// <summary>Who made the change, in a line after the diff; nothing if the host cannot tell.</summary>
    /// <param name="live">The file as found.</param>
    internal static string ChangedBy(FileFacts live) => live.ChangedBy is not { } change ? ""
        : change.Kind switch
        {
            "package" => $"\n# {Time(change.At)}: dpkg's {change.What} of the package {change.Name}, which ships this file",
            "sudo" => $"\n# {Time(change.At)}: {change.Name} named it in a command of sudo shortly before ({change.What})",
            "ansible" => $"\n# {Time(change.At)}: a task of Ansible named it shortly before (its module {change.Name})",
            // Of a file that is there, the diff's first line has the time.
            _ => live.Kind == FileKind.Absent ? $"\n# gone since {Time(change.At)} at the latest" : "",
        };

    // In UTC: the one who reads it is on another machine.
    private static string Time(long seconds) =>
        DateTimeOffset.FromUnixTimeSeconds(seconds).ToString("yyyy-MM-dd HH:mm:ss '+0000'", CultureInfo.InvariantCulture);

    private static string Lines(string text) => text.EndsWith('\n') ? text[..^1] : text;
}
