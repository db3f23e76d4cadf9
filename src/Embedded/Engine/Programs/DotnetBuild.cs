using System.Collections.Immutable;
using System.Reflection;
using System.Text.Json;
using PassthroughInfra.Engine.Processes;

namespace PassthroughInfra.Engine.Programs;

/// <summary>
/// Builds a .NET program when anything it is made from is newer than its last build here. What it is made from is read from the restored
/// project graph (<c>obj/project.assets.json</c>), so that a warm start asks no build tool.
/// </summary>
internal static class DotnetBuild
{
    private const string StampFile = "passthrough-build.json";
    private const string LockFile = "passthrough-build.lock";
    private static readonly TimeSpan LockPoll = TimeSpan.FromMilliseconds(100);

    /// <summary>The path of the built program.</summary>
    /// <exception cref="EngineException">There is no project, or it does not build; the compiler's errors are in the message.</exception>
    public static async Task<string> EnsureAsync(string directory, Action<string> progress, CancellationToken kill)
    {
        var projects = Directory.GetFiles(directory, "*.*proj");
        if (projects.Length != 1)
            throw new EngineException($"There {(projects.Length == 0 ? "is no project file" : $"are {projects.Length} project files")} in {directory}; a stack program is one .NET project.");
        var project = projects[0];
        var options = Options(Environment.GetEnvironmentVariable("PulumiSdk"), typeof(DotnetBuild).Assembly);
        // Two engines may want it at once, for two stacks: what one of them starts must not be written by the other at that moment.
        using var held = await LockAsync(project, progress, kill);
        if (Stamp.Read(project) is { } last && last.Options == options && File.Exists(last.Assembly) && !IsNewer(project, last.BuiltAt))
            return last.Assembly;
        progress($"building {Path.GetFileName(project)}…");
        var begun = DateTime.UtcNow;
        var assembly = await BuildAsync(project, options, kill);
        new Stamp(begun, options, assembly).Write(project);
        return assembly;
    }

    /// <summary>
    /// Waits until no other engine builds the project. The lock goes with the process that holds it, whatever ends that. Null if this user may not write there:
    /// such a program can be run as it is, and a build of it says itself why it fails.
    /// </summary>
    private static async Task<FileStream?> LockAsync(string project, Action<string> progress, CancellationToken kill)
    {
        var file = Path.Combine(Path.GetDirectoryName(project)!, "obj", LockFile);
        for (var isTold = false; ; await Task.Delay(LockPoll, kill))
        {
            try
            {
                Directory.CreateDirectory(Path.GetDirectoryName(file)!);
                return new(file, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, bufferSize: 1);
            }
            catch (IOException problem) when (problem.HResult == WouldBlock)
            {
                if (!isTold)
                    progress($"waiting for another build of {Path.GetFileName(project)}…");
                isTold = true;
            }
            catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
            {
                return null;
            }
        }
    }

    // EWOULDBLOCK of flock(2), as FileStream passes it on.
    private static int WouldBlock => OperatingSystem.IsMacOS() ? 35 : 11;

    /// <summary>
    /// Which SDK the sources are compiled against: chosen by environment, or when the engine was built (-p:PulumiSdk=…); another choice is another program.
    /// </summary>
    internal static string Options(string? environment, Assembly engine) => !string.IsNullOrEmpty(environment) ? environment
        : engine.GetCustomAttributes<AssemblyMetadataAttribute>().FirstOrDefault(a => a.Key == "PulumiSdk")?.Value ?? "";

    /// <summary>Builds a project with the SDK that was chosen, if one was.</summary>
    internal static async Task<string> BuildAsync(string project, string options, CancellationToken kill)
    {
        var environment = ChildEnvironment.Inherited();
        if (options.Length > 0)
            environment["PulumiSdk"] = options;
        // One build server process less to be left behind, and its node reuse would hold the pipes open.
        var build = new ChildCommand(
            "dotnet", ["build", "-nologo", "-v:quiet", "-nodeReuse:false", "-clp:NoSummary", "-t:Build", "-getProperty:TargetPath", project])
        {
            Directory = Path.GetDirectoryName(project),
            Environment = environment,
        };
        var outcome = await ChildProcess.RunAsync(build, null, kill);
        var path = outcome.Output.Stdout.Trim();
        if (outcome.ExitCode == 0 && File.Exists(path))
            return path;
        var lines = (outcome.Output.Stdout + outcome.Output.Stderr).Split('\n').Select(l => l.Trim())
            .Where(l => l.Contains("error", StringComparison.OrdinalIgnoreCase)).Distinct(StringComparer.Ordinal).Take(20).ToArray();
        throw new EngineException($"{Path.GetFileName(project)} does not build:\n  {string.Join("\n  ", lines.Length > 0 ? lines : [outcome.Output.Tail(20)])}");
    }

    private static bool IsNewer(string project, DateTime builtAt)
    {
        if (ReferencedProjects(project) is not { } referenced)
            return true;
        return referenced.Prepend(project).Any(p => !File.Exists(p) || AnyNewer(Path.GetDirectoryName(p)!, builtAt)) || AnyBuildFileNewer(project, builtAt);
    }

    private static ImmutableArray<string>? ReferencedProjects(string project)
    {
        var directory = Path.GetDirectoryName(project)!;
        var assets = Path.Combine(directory, "obj", "project.assets.json");
        if (!File.Exists(assets))
            return null;
        using var document = JsonDocument.Parse(File.ReadAllBytes(assets));
        return
        [
            .. document.RootElement.GetProperty("libraries").EnumerateObject()
                .Where(l => l.Value.GetProperty("type").GetString() == "project")
                .Select(l => Path.GetFullPath(Path.Combine(directory, l.Value.GetProperty("msbuildProject").GetString()!))),
        ];
    }

    private static bool AnyNewer(string directory, DateTime than)
    {
        foreach (var entry in new DirectoryInfo(directory).EnumerateFileSystemInfos())
        {
            var isDirectory = entry is DirectoryInfo;
            if (isDirectory && entry.Name is "bin" or "obj" or "node_modules" || entry.Name.StartsWith('.'))
                continue;
            // A directory's own time tells of files removed.
            if (entry.LastWriteTimeUtc > than || (isDirectory && AnyNewer(entry.FullName, than)))
                return true;
        }
        return false;
    }

    private static bool AnyBuildFileNewer(string project, DateTime than)
    {
        for (var at = Path.GetDirectoryName(project); at is not null; at = Path.GetDirectoryName(at))
        {
            foreach (var name in (ReadOnlySpan<string>)["Directory.Build.props", "Directory.Build.targets", "Directory.Packages.props"])
            {
                if (File.GetLastWriteTimeUtc(Path.Combine(at, name)) > than)
                    return true;
            }
        }
        return false;
    }

    private sealed record Stamp(DateTime BuiltAt, string Options, string Assembly)
    {
        public static Stamp? Read(string project)
        {
            try
            {
                return File.Exists(PathFor(project)) ? JsonSerializer.Deserialize<Stamp>(File.ReadAllBytes(PathFor(project))) : null;
            }
            catch (JsonException)
            {
                return null;
            }
        }

        public void Write(string project) => File.WriteAllBytes(PathFor(project), JsonSerializer.SerializeToUtf8Bytes(this));

        private static string PathFor(string project) => Path.Combine(Path.GetDirectoryName(project)!, "obj", StampFile);
    }
}
