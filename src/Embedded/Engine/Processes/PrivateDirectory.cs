using System.Text;
using System.Text.RegularExpressions;

namespace PassthroughInfra.Engine.Processes;

/// <summary>
/// A directory that only this user can enter, for sockets and other files of one run. Its path is short, because a Unix socket's path
/// has at most 107 bytes and ssh adds 17 while it makes one, and plain, because ssh expands and splits the paths in its options.
/// </summary>
internal sealed partial class PrivateDirectory : IDisposable
{
    private const int LongestParent = 60;

    private int files;

    /// <param name="parent">The directory to make it in; null is the one for temporary files (TMPDIR).</param>
    public PrivateDirectory(string? parent = null)
    {
        parent ??= System.IO.Path.GetTempPath();
        parent = parent.Length <= LongestParent && PlainPath().IsMatch(parent) ? parent : "/tmp";
        Path = System.IO.Path.Combine(parent, $"pti-{Convert.ToHexStringLower(Guid.NewGuid().ToByteArray().AsSpan(0, 6))}");
        Try(() => Directory.CreateDirectory(Path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute));
    }

    public string Path { get; }

    /// <summary>A path within that nothing has yet.</summary>
    public string NewPath(string kind) => System.IO.Path.Combine(Path, $"{kind}{Interlocked.Increment(ref files)}");

    /// <summary>Writes a new file within, for this user alone.</summary>
    /// <exception cref="EngineException">The disk is full, or the directory is not writable.</exception>
    public string Write(string kind, string content, bool executable = false)
    {
        var path = NewPath(kind);
        var mode = UnixFileMode.UserRead | UnixFileMode.UserWrite | (executable ? UnixFileMode.UserExecute : UnixFileMode.None);
        Try(() =>
        {
            var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, UnixCreateMode = mode, BufferSize = 0 };
            using var file = new FileStream(path, options);
            file.Write(Encoding.UTF8.GetBytes(content));
        });
        return path;
    }

    private static void Try(Action write)
    {
        try
        {
            write();
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            throw new EngineException(
                $"{problem.Message.TrimEnd('.')}. Make room in the directory for temporary files, or name another one with TMPDIR.", problem);
        }
    }

    public void Dispose()
    {
        try
        {
            Directory.Delete(Path, recursive: true);
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            // A helper's guard was here first; or it is left over, which is no reason to hide how the work ended.
        }
    }

    [GeneratedRegex("^/[A-Za-z0-9_./-]*$")]
    private static partial Regex PlainPath();
}
