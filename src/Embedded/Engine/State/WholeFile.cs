using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace PassthroughInfra.Engine.State;

/// <summary>Files that are there whole or not at all, and survive a power cut.</summary>
internal static class WholeFile
{
    /// <summary>For state, which tells much of a machine: its owner only, as the CLI has it.</summary>
    public const UnixFileMode Private = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    private const string Temporary = ".tmp";

    /// <summary>Replaces a file, or makes it and its directory.</summary>
    /// <param name="mode">Who may do what with a new one; null leaves it to the umask. One that is there keeps its own.</param>
    /// <exception cref="EngineException">The disk is full, or the directory is not writable; the old content is as it was.</exception>
    public static void Write(string file, ReadOnlyMemory<byte> content, UnixFileMode? mode = null)
    {
        var temporary = $"{file}{Temporary}{Environment.ProcessId}";
        var isReplaced = false;
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(file)!);
            if (File.Exists(file))
                mode = File.GetUnixFileMode(file);
            using (var stream = new FileStream(temporary, new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write, Share = FileShare.None, BufferSize = 0, UnixCreateMode = mode }))
            {
                // What a run left behind that was cut off has a mode already, and the umask takes from that of a new one.
                if (mode is { } wanted)
                    File.SetUnixFileMode(stream.SafeFileHandle, wanted);
                stream.Write(content.Span);
                stream.Flush(flushToDisk: true);
            }
            File.Move(temporary, file, overwrite: true);
            isReplaced = true;
            SyncDirectory(Path.GetDirectoryName(file)!);
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            TryDelete(temporary);
            throw new EngineException(isReplaced
                ? $"{file} is written, but may be lost if the power goes now: {problem.Message}"
                : $"{file} cannot be written: {problem.Message} What was there before is unchanged; make room or make it writable and run again.", problem);
        }
    }

    /// <summary>A new name is in the directory, which is written by itself (fsync(2)).</summary>
    private static void SyncDirectory(string directory)
    {
        const int readOnly = 0;
        var descriptor = Open(directory, readOnly);
        if (descriptor < 0)
            throw new IOException($"{directory} cannot be opened: {Marshal.GetPInvokeErrorMessage(Marshal.GetLastPInvokeError())}");
        using var handle = new SafeFileHandle(descriptor, ownsHandle: true);
        const int notSupported = 22;
        if (Sync(descriptor) != 0 && Marshal.GetLastPInvokeError() is var error and not notSupported)
            throw new IOException($"{directory} cannot be written to disk: {Marshal.GetPInvokeErrorMessage(error)}");
    }

    [DllImport("libc", EntryPoint = "open", SetLastError = true, CharSet = CharSet.Ansi, BestFitMapping = false, ThrowOnUnmappableChar = true)]
    private static extern int Open([MarshalAs(UnmanagedType.LPUTF8Str)] string path, int flags);

    [DllImport("libc", EntryPoint = "fsync", SetLastError = true)]
    private static extern int Sync(int descriptor);

    /// <summary>
    /// Deletes what runs that were cut off have left of writing a file. Only names that <see cref="Write"/> makes count: what else has <c>.tmp</c> in its name
    /// can be another stack's.
    /// </summary>
    /// <param name="isFile">Whether a file of the directory is one whose leavings are meant.</param>
    public static void Sweep(string directory, Func<string, bool> isFile)
    {
        if (!Directory.Exists(directory))
            return;
        foreach (var path in Directory.GetFiles(directory, $"*{Temporary}*"))
        {
            var name = Path.GetFileName(path);
            var end = name.LastIndexOf(Temporary, StringComparison.Ordinal);
            var process = name.AsSpan(end + Temporary.Length);
            if (process.Length > 0 && !process.ContainsAnyExceptInRange('0', '9') && isFile(name[..end]))
                TryDelete(path);
        }
    }

    /// <summary>Reads a file.</summary>
    /// <exception cref="EngineException">It cannot be read.</exception>
    public static byte[] Read(string file)
    {
        try
        {
            return File.ReadAllBytes(file);
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            throw new EngineException($"{file} cannot be read: {problem.Message}", problem);
        }
    }

    /// <summary>Deletes a file where that can be done.</summary>
    public static void TryDelete(string file)
    {
        try
        {
            File.Delete(file);
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            // Whatever led here is the problem to tell; a file that is left over does no harm.
        }
    }
}
