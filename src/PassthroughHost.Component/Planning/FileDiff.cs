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
            text.Append(UnidiffRenderer.GenerateUnidiff(
                before,
                after,
                live.Kind == FileKind.Absent ? "/dev/null" : wanted.Path,
                wanted.Content is null ? "/dev/null" : wanted.Path,
                ignoreWhitespace: false).ReplaceLineEndings("\n"));
        }

        return text.ToString().TrimEnd('\n');
    }
}
