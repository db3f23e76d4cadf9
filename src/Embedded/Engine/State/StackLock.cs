using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using PassthroughInfra.Engine.Processes;

namespace PassthroughInfra.Engine.State;

/// <summary>
/// A stack held by one process, in the CLI's lock files: <c>&lt;uuid&gt;.json</c> with pid, username, hostname and timestamp, and what tells this engine's
/// process from every other one. A lock is taken away, with a word about it, only if its process is proven to have ended; every other one, the CLI's own
/// included, stays until <c>cancel</c>.
/// </summary>
public sealed class StackLock : IDisposable
{
    private readonly string file;

    private StackLock(string file) => this.file = file;

    /// <summary>Removes every lock of a stack, as <c>cancel</c> asks; gives what each said.</summary>
    /// <exception cref="EngineException">A lock cannot be removed.</exception>
    public static IReadOnlyList<string> Break(FileBackend backend, string project, string stack)
    {
        var broken = new List<string>();
        foreach (var other in Locks(backend.LockDirectory(project, stack)))
        {
            if (Holder.Read(other) is not { } holder)
                continue;
            Remove(other, holder);
            broken.Add(holder.ToString());
        }
        return broken;
    }

    /// <summary>Lets go. A lock that cannot be removed is one of a dead process for whoever comes next.</summary>
    public void Dispose() => WholeFile.TryDelete(file);

    /// <param name="place">Writes the lock's file; null is <see cref="WholeFile"/>, which can fail when the file is in its place already.</param>
    internal static StackLock Take(string directory, string stack, Action<string> warn, Action<string, ReadOnlyMemory<byte>>? place = null)
    {
        Check(directory, stack, null, warn);
        var file = Path.Combine(directory, Guid.NewGuid().ToString("D", CultureInfo.InvariantCulture) + ".json");
        try
        {
            (place ?? Place)(file, Holder.Mine());
            // Two that start at once both see each other here, and both give way: better than two writers.
            Check(directory, stack, file, warn);
        }
        catch
        {
            WholeFile.TryDelete(file);
            throw;
        }
        return new(file);
    }

    private static void Place(string file, ReadOnlyMemory<byte> content) => WholeFile.Write(file, content, WholeFile.Private);

    private static string[] Locks(string directory)
    {
        try
        {
            return Directory.Exists(directory) ? Directory.GetFiles(directory, "*.json") : [];
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            throw new EngineException($"The locks in {directory} cannot be read: {problem.Message}", problem);
        }
    }

    private static void Remove(string file, Holder holder)
    {
        try
        {
            File.Delete(file);
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            throw new EngineException($"The lock of {holder} cannot be removed: {problem.Message} Remove {file} as a user who may.", problem);
        }
    }

    private static void Check(string directory, string stack, string? mine, Action<string> warn)
    {
        foreach (var other in Locks(directory).Where(f => f != mine))
        {
            // Whoever held it may be gone since the directory was read.
            if (Holder.Read(other) is not { } holder)
                continue;
            if (!holder.IsProvenDead)
            {
                throw new EngineException(
                    $"Stack '{stack}' is in use by {holder} ({other}). Wait for it to end; if it cannot be running any more, remove the lock with 'passthrough cancel --stack {stack}'.");
            }
            Remove(other, holder);
            warn($"The last run on stack '{stack}', by {holder}, ended without finishing; its lock is removed.");
        }
    }

    /// <summary>Who holds a lock: the CLI's own fields, and the identity of the process where this engine wrote it.</summary>
    private sealed record Holder(int Pid, string User, string Host, DateTimeOffset? Since, ProcessIdentity? Identity)
    {
        public static byte[] Mine()
        {
            var record = new JsonObject
            {
                ["pid"] = Environment.ProcessId,
                ["username"] = Environment.UserName,
                ["hostname"] = ThisHost,
                ["timestamp"] = DateTimeOffset.Now.ToString("O", CultureInfo.InvariantCulture),
            };
            if (ProcessIdentity.Own() is { } own)
            {
                record["bootID"] = own.BootId;
                record["namespaces"] = own.Namespaces;
                record["startTicks"] = own.StartTicks;
            }
            return Encoding.UTF8.GetBytes(record.ToJsonString());
        }

        // Not Environment.MachineName, which ends at the first dot: the CLI writes the whole name.
        private static readonly string ThisHost = Dns.GetHostName();

        /// <summary>Null where the lock is gone.</summary>
        public static Holder? Read(string file)
        {
            try
            {
                using var document = JsonDocument.Parse(File.ReadAllBytes(file));
                var root = document.RootElement;
                var pid = root.GetProperty("pid").GetInt32();
                return new(pid, root.GetProperty("username").GetString() ?? "", root.GetProperty("hostname").GetString() ?? "",
                    root.TryGetProperty("timestamp", out var time) && time.TryGetDateTimeOffset(out var since) ? since : null,
                    root.TryGetProperty("bootID", out var boot) && root.TryGetProperty("namespaces", out var spaces) && root.TryGetProperty("startTicks", out var ticks)
                        ? new(pid, boot.GetString() ?? "", spaces.GetString() ?? "", ticks.GetInt64())
                        : null);
            }
            catch (Exception problem) when (problem is FileNotFoundException or DirectoryNotFoundException)
            {
                return null;
            }
            catch (Exception problem) when (problem is JsonException or KeyNotFoundException or InvalidOperationException or FormatException or IOException or UnauthorizedAccessException)
            {
                return new(0, "somebody", "an unknown host", null, null);
            }
        }

        /// <summary>Whether everything that is recorded says that the holder's process has ended.</summary>
        public bool IsProvenDead => Host == ThisHost && Identity is { HasEnded: true };

        public override string ToString() => $"{User}@{Host} (pid {Pid}{(Since is { } since ? $", since {since.LocalDateTime:yyyy-MM-dd HH:mm:ss}" : "")})";
    }
}
