using System.Text;
using DiffPlex.Renderer;
using PassthroughInfra.Component.Facts;

namespace PassthroughInfra.Component.Planning;

/// <summary>Shows what changes in a file, as <c>diff -u</c> would.</summary>
public static class FileDiff
{
    /// <summary>The unified diff from the file as found to the file as wanted, with a line for each change of mode or owner.</summary>
    public static string Unified(FileFacts live, ManagedFile wanted)
    {
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
                live.Kind == FileKind.Absent ? "/dev/null" : wanted.Path,
                wanted.Content is null ? "/dev/null" : wanted.Path,
                ignoreWhitespace: false).ReplaceLineEndings("\n")
                .Replace("@@ -1,0 +", "@@ -0,0 +", StringComparison.Ordinal)
                .Replace(" +1,0 @@", " +0,0 @@", StringComparison.Ordinal));
        }

        return text.ToString().TrimEnd('\n');
    }

    private static string Lines(string text) => text.EndsWith('\n') ? text[..^1] : text;
}
