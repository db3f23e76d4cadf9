using System.Globalization;
using System.Text;

namespace PassthroughInfra.Engine.State;

/// <summary>
/// The CLI's self-managed file backend: under its root <c>.pulumi/meta.yaml</c>, <c>stacks/</c>, <c>locks/</c>, <c>history/</c> and
/// <c>backups/</c>, by project and stack. <c>pulumi login file://root</c> sees the same stacks.
/// </summary>
public sealed class FileBackend
{
    /// <summary>What the CLI calls the owner of every stack of a self-managed backend.</summary>
    public const string Organization = "organization";

    private readonly string store;

    /// <param name="root">The directory that holds (or will hold) <c>.pulumi</c>.</param>
    public FileBackend(string root)
    {
        Root = Path.GetFullPath(root);
        store = Path.Combine(Root, ".pulumi");
    }

    /// <summary>The directory that holds <c>.pulumi</c>.</summary>
    public string Root { get; }

    /// <summary>The backend that <c>PULUMI_BACKEND_URL</c> names (only <c>file://</c>), or the project's own.</summary>
    /// <exception cref="EngineException">Another kind of backend is named.</exception>
    public static FileBackend Open(string projectDirectory, string? backendUrl)
    {
        if (string.IsNullOrEmpty(backendUrl))
            return new(projectDirectory);
        if (!backendUrl.StartsWith("file://", StringComparison.Ordinal))
            throw new EngineException($"PULUMI_BACKEND_URL is '{backendUrl}'; the embedded engine keeps state in files only (file://<directory>). Use the pulumi CLI for other backends.");
        var path = backendUrl["file://".Length..];
        var query = path.IndexOf('?', StringComparison.Ordinal);
        path = query >= 0 ? path[..query] : path;
        if (path == "~" || path.StartsWith("~/", StringComparison.Ordinal))
            path = Environment.GetFolderPath(Environment.SpecialFolder.UserProfile) + path[1..];
        return new(Path.Combine(projectDirectory, path));
    }

    /// <summary>The name by which state and locks know a stack.</summary>
    public static string QualifiedName(string project, string stack) => $"{Organization}/{project}/{stack}";

    /// <summary>The checkpoint of a stack.</summary>
    public string StackFile(string project, string stack) => Path.Combine(store, "stacks", project, stack + ".json");

    /// <summary>Whether the stack has a checkpoint.</summary>
    public bool Exists(string project, string stack) => File.Exists(StackFile(project, stack));

    /// <summary>The stacks of a project.</summary>
    public IEnumerable<string> Stacks(string project) => Directory.Exists(Path.Combine(store, "stacks", project))
        ? Directory.GetFiles(Path.Combine(store, "stacks", project), "*.json").Select(f => Path.GetFileNameWithoutExtension(f)!).Order(StringComparer.Ordinal)
        : [];

    /// <summary>The checkpoint's bytes; null where there is none.</summary>
    public byte[]? Read(string project, string stack)
    {
        var file = StackFile(project, stack);
        if (File.Exists(file + ".gz") || File.Exists(file + ".zst"))
            throw new EngineException($"The state of stack '{stack}' is compressed ({file}.gz or .zst); the embedded engine reads plain JSON. Export it with the pulumi CLI and import it here.");
        return File.Exists(file) ? File.ReadAllBytes(file) : null;
    }

    /// <summary>Replaces the checkpoint: a reader sees the old one or the new one, after a crash too.</summary>
    /// <exception cref="EngineException">The disk is full, or the directory is not writable; the old checkpoint is as it was.</exception>
    public void Write(string project, string stack, ReadOnlyMemory<byte> checkpoint)
    {
        EnsureMeta();
        WriteAtomically(StackFile(project, stack), checkpoint);
    }

    /// <summary>Copies the checkpoint to <c>&lt;stack&gt;.json.bak</c> and to <c>backups/</c>, before an update begins.</summary>
    public void Backup(string project, string stack)
    {
        if (Read(project, stack) is not { } checkpoint)
            return;
        WriteAtomically(StackFile(project, stack) + ".bak", checkpoint);
        WriteAtomically(Path.Combine(store, "backups", project, stack, $"{stack}.{UnixNanoseconds()}.json"), checkpoint);
    }

    /// <summary>Adds an update to the history: what it was, and a copy of the checkpoint after it.</summary>
    public void AddHistory(string project, string stack, ReadOnlyMemory<byte> update)
    {
        var prefix = Path.Combine(store, "history", project, stack, $"{stack}-{UnixNanoseconds()}");
        WriteAtomically(prefix + ".history.json", update);
        if (Read(project, stack) is { } checkpoint)
            WriteAtomically(prefix + ".checkpoint.json", checkpoint);
    }

    /// <summary>Removes a stack: its checkpoint (kept as .bak) and history.</summary>
    public void Remove(string project, string stack)
    {
        var file = StackFile(project, stack);
        if (File.Exists(file))
            File.Move(file, file + ".bak", overwrite: true);
        var history = Path.Combine(store, "history", project, stack);
        if (Directory.Exists(history))
            Directory.Delete(history, recursive: true);
    }

    /// <summary>Takes the stack for this process; dispose it to let go.</summary>
    /// <exception cref="EngineException">Another process has it.</exception>
    public StackLock Lock(string project, string stack, Action<string> warn)
    {
        var held = StackLock.Take(LockDirectory(project, stack), stack, warn);
        // Whoever holds the stack is the only one that writes its files: what is half written is of a run that was cut off.
        Sweep(Path.Combine(store, "stacks", project), $"{stack}.json*.tmp*");
        Sweep(Path.Combine(store, "backups", project, stack), "*.tmp*");
        Sweep(Path.Combine(store, "history", project, stack), "*.tmp*");
        return held;
    }

    /// <summary>The directory of a stack's locks.</summary>
    internal string LockDirectory(string project, string stack) => Path.Combine(store, "locks", Organization, project, stack);

    /// <summary>Writes a file so that it is there whole or not at all, and survives a power cut.</summary>
    internal static void WriteAtomically(string file, ReadOnlyMemory<byte> content)
    {
        var temporary = $"{file}.tmp{Environment.ProcessId}";
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(file)!);
            using (var stream = new FileStream(temporary, FileMode.Create, FileAccess.Write, FileShare.None, bufferSize: 0))
            {
                stream.Write(content.Span);
                stream.Flush(flushToDisk: true);
            }
            File.Move(temporary, file, overwrite: true);
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            TryDelete(temporary);
            throw new EngineException($"The state cannot be written to {file}: {problem.Message} What was there before is unchanged; make room or make it writable and run again.", problem);
        }
    }

    private static void Sweep(string directory, string pattern)
    {
        if (!Directory.Exists(directory))
            return;
        foreach (var file in Directory.GetFiles(directory, pattern))
            TryDelete(file);
    }

    private static void TryDelete(string file)
    {
        try
        {
            File.Delete(file);
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            // The first problem is the one to tell; a left-over temporary file does no harm.
        }
    }

    private static string UnixNanoseconds() => ((DateTime.UtcNow - DateTime.UnixEpoch).Ticks * 100).ToString(CultureInfo.InvariantCulture);

    private void EnsureMeta()
    {
        var meta = Path.Combine(store, "meta.yaml");
        if (!File.Exists(meta))
            WriteAtomically(meta, Encoding.UTF8.GetBytes("version: 1\n"));
    }
}
