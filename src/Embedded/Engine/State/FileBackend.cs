using System.Globalization;
using System.Text;
using PassthroughInfra.Engine.Projects;

namespace PassthroughInfra.Engine.State;

/// <summary>
/// The CLI's self-managed file backend: under its root <c>.pulumi/meta.yaml</c>, <c>stacks/</c>, <c>locks/</c>, <c>history/</c> and
/// <c>backups/</c>, by project and stack. <c>pulumi login file://root</c> sees the same stacks.
/// </summary>
public sealed class FileBackend
{
    /// <summary>What the CLI calls the owner of every stack of a self-managed backend.</summary>
    public const string Organization = "organization";

    private static readonly string[] Compressions = [".gz", ".zst"];

    private readonly string store;

    /// <param name="root">The directory that holds (or will hold) <c>.pulumi</c>.</param>
    public FileBackend(string root)
    {
        Root = Path.GetFullPath(root);
        store = Path.Combine(Root, ".pulumi");
    }

    /// <summary>The directory that holds <c>.pulumi</c>.</summary>
    public string Root { get; }

    private string MetaFile => Path.Combine(store, "meta.yaml");

    /// <summary>The backend of a URL; only <c>file://</c>.</summary>
    /// <param name="directory">Where a relative path begins.</param>
    /// <exception cref="EngineException">It is of another kind.</exception>
    public static FileBackend Open(string url, string directory)
    {
        if (!url.StartsWith("file://", StringComparison.Ordinal))
            throw new EngineException($"The backend is '{url}' (PULUMI_BACKEND_URL, or 'backend: url:' in Pulumi.yaml); the embedded engine keeps state in files only (file://<directory>). Use the pulumi CLI for other backends.");
        var path = url["file://".Length..];
        var query = path.IndexOf('?', StringComparison.Ordinal);
        path = query >= 0 ? path[..query] : path;
        if (path == "~" || path.StartsWith("~/", StringComparison.Ordinal))
            path = Environment.GetFolderPath(Environment.SpecialFolder.UserProfile) + path[1..];
        return new(Path.Combine(directory, path));
    }

    /// <summary>The name by which state and locks know a stack.</summary>
    public static string QualifiedName(string project, string stack) => $"{Organization}/{project}/{stack}";

    /// <summary>The checkpoint of a stack.</summary>
    public string StackFile(string project, string stack) => Path.Combine(store, "stacks", Project(project), Stack(stack) + ".json");

    /// <summary>Whether the stack has a checkpoint, one that is not read here included.</summary>
    public bool Exists(string project, string stack) => File.Exists(StackFile(project, stack)) || CompressedFile(project, stack) is not null;

    /// <summary>The stacks of a project.</summary>
    public IEnumerable<string> Stacks(string project) => Checkpoints(Path.Combine(store, "stacks", Project(project)));

    /// <summary>The checkpoint's bytes; null where there is none.</summary>
    /// <exception cref="EngineException">It cannot be read, or is kept in a way that is not known here.</exception>
    public byte[]? Read(string project, string stack)
    {
        CheckKnown(project, stack);
        if (CompressedFile(project, stack) is { } compressed)
            throw new EngineException($"The state of stack '{stack}' is compressed ({compressed}); the embedded engine reads plain JSON. Export it with the pulumi CLI and import it here.");
        var file = StackFile(project, stack);
        return File.Exists(file) ? WholeFile.Read(file) : null;
    }

    /// <summary>Replaces the checkpoint: a reader sees the old one or the new one, after a crash too.</summary>
    /// <exception cref="EngineException">The disk is full, or the directory is not writable; the old checkpoint is as it was.</exception>
    public void Write(string project, string stack, ReadOnlyMemory<byte> checkpoint)
    {
        if (!File.Exists(MetaFile))
            Write(MetaFile, Encoding.UTF8.GetBytes("version: 1\n"));
        Write(StackFile(project, stack), checkpoint);
    }

    /// <summary>Copies the checkpoint to <c>&lt;stack&gt;.json.bak</c> and to <c>backups/</c>, before an update begins.</summary>
    public void Backup(string project, string stack)
    {
        if (Read(project, stack) is not { } checkpoint)
            return;
        Write(StackFile(project, stack) + ".bak", checkpoint);
        Write(Path.Combine(store, "backups", Project(project), Stack(stack), $"{stack}.{UnixNanoseconds()}.json"), checkpoint);
    }

    /// <summary>Adds an update to the history: what it was, and a copy of the checkpoint after it.</summary>
    public void AddHistory(string project, string stack, ReadOnlyMemory<byte> update)
    {
        var prefix = Path.Combine(store, "history", Project(project), Stack(stack), $"{stack}-{UnixNanoseconds()}");
        Write(prefix + ".history.json", update);
        if (Read(project, stack) is { } checkpoint)
            Write(prefix + ".checkpoint.json", checkpoint);
    }

    /// <summary>Removes a stack: its checkpoint (kept as .bak) and history.</summary>
    public void Remove(string project, string stack)
    {
        var file = StackFile(project, stack);
        if (File.Exists(file))
            File.Move(file, file + ".bak", overwrite: true);
        var history = Path.Combine(store, "history", Project(project), Stack(stack));
        if (Directory.Exists(history))
            Directory.Delete(history, recursive: true);
    }

    /// <summary>Takes the stack for this process; dispose it to let go.</summary>
    /// <exception cref="EngineException">Another process has it, or it is kept in a way that is not known here.</exception>
    public StackLock Lock(string project, string stack, Action<string> warn)
    {
        CheckKnown(project, stack);
        var held = StackLock.Take(LockDirectory(project, stack), stack, warn);
        // Whoever holds the stack is the only one that writes its files: what is half written is of a run that was cut off.
        WholeFile.Sweep(Path.Combine(store, "stacks", Project(project)), name => name == $"{stack}.json" || name == $"{stack}.json.bak");
        WholeFile.Sweep(Path.Combine(store, "backups", Project(project), Stack(stack)), _ => true);
        WholeFile.Sweep(Path.Combine(store, "history", Project(project), Stack(stack)), _ => true);
        return held;
    }

    /// <summary>The directory of a stack's locks.</summary>
    internal string LockDirectory(string project, string stack) => Path.Combine(store, "locks", Organization, Project(project), Stack(stack));

    private static string Project(string name) => NameRule.Checked("project", name);

    private static string Stack(string name) => NameRule.Checked("stack", name);

    private static string UnixNanoseconds() => ((DateTime.UtcNow - DateTime.UnixEpoch).Ticks * 100).ToString(CultureInfo.InvariantCulture);

    private static void Write(string file, ReadOnlyMemory<byte> content) => WholeFile.Write(file, content, WholeFile.Private);

    private static IEnumerable<string> Checkpoints(string directory) => !Directory.Exists(directory) ? [] : Directory.GetFiles(directory)
        .Select(f => Path.GetFileName(f))
        .Select(f => Compressions.FirstOrDefault(c => f.EndsWith(".json" + c, StringComparison.Ordinal)) is { } compression ? f[..^compression.Length] : f)
        .Where(f => f.EndsWith(".json", StringComparison.Ordinal))
        .Select(f => f[..^".json".Length])
        .Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal);

    private string? CompressedFile(string project, string stack) => Compressions.Select(c => StackFile(project, stack) + c).FirstOrDefault(File.Exists);

    /// <summary>What the CLI keeps in a way that is not known here would be overlooked, and written beside.</summary>
    private void CheckKnown(string project, string stack)
    {
        // An older CLI had no projects in its paths, and no file that says so.
        var version = File.Exists(MetaFile) ? Yaml.Text(Yaml.Load(MetaFile), "version") : Checkpoints(Path.Combine(store, "stacks")).Any() ? "0" : "1";
        if (version == "0")
            throw new EngineException($"The states in {store} are laid out without projects, as by an older CLI; bring them up to date with 'pulumi state upgrade'.");
        if (version != "1")
            throw new EngineException($"The states in {store} are of version {version} (meta.yaml); version 1 is known here. Use the pulumi CLI for them.");
        var journal = Path.Combine(store, "journal", Project(project), Stack(stack));
        if (Directory.Exists(journal) && Directory.EnumerateFiles(journal).Any())
            throw new EngineException($"An update of stack '{stack}' by the pulumi CLI was cut off, and its journal is in {journal}; run 'pulumi refresh' or 'pulumi preview' with that CLI, which takes the journal up.");
    }
}
