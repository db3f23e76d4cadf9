using System.Diagnostics;
using PassthroughInfra.Component.Tests.Support;

namespace PassthroughInfra.Reuse.Tests.Documents;

/// <summary>
/// A checkout as a reader of the documents has it, in a directory of its own: this one's programs and launcher, the reader's own stack files, home and state. Its <c>pulumi</c> is the
/// genuine CLI where that is on the PATH; elsewhere a stand-in, which hands the CLI's verbs and flags to the embedded engine's command line.
/// </summary>
internal sealed class ReadersCheckout : IDisposable
{
    private const string StandIn =
        """
        #!/bin/sh
        # Stands in for the pulumi CLI: the same verbs and flags. Like the CLI it remembers where it is logged in to, and wants that directory to be there.
        set -eu
        login=$HOME/.pulumi-login
        if [ "$1" = login ]; then
          directory=${2#file://}
          case $directory in '~/'*) directory=$HOME/${directory#'~/'} ;; esac
          [ -d "$directory" ] || { echo "error: problem logging in: unable to open bucket $2: no such file or directory" >&2; exit 255; }
          echo "file://$directory" >"$login"
          exit 0
        fi
        PULUMI_BACKEND_URL=${PULUMI_BACKEND_URL:-$(cat "$login")}
        export PULUMI_BACKEND_URL
        exec "$PASSTHROUGH_LAUNCHER" "$@"
        """;

    private static readonly string UsersHome = Environment.GetFolderPath(Environment.SpecialFolder.UserProfile);

    private readonly DirectoryInfo _root = Directory.CreateTempSubdirectory("readers-checkout");

    private readonly string _source;

    /// <summary>Makes it, with no stack in it.</summary>
    /// <param name="source">The checkout whose programs they are, if it is not this one.</param>
    public ReadersCheckout(string? source = null)
    {
        _source = source ?? Repository.Root;
        Directory.CreateDirectory(At("home/.ssh"));
        // So that the programs find their packages where they were restored.
        Directory.CreateSymbolicLink(At("home/.nuget"), Path.Combine(UsersHome, ".nuget"));
        File.CreateSymbolicLink(At("passthrough"), Path.Combine(_source, "passthrough"));
        Project("", "stacks/Machine");
        Project("stacks/Fleet", "stacks/Fleet");
        Directory.CreateSymbolicLink(At("stacks/probes"), Path.Combine(_source, "stacks/probes"));
        if (!HasPulumi && !OperatingSystem.IsWindows())
        {
            Write("bin/pulumi", StandIn);
            File.SetUnixFileMode(At("bin/pulumi"), UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }
    }

    public void Dispose() => _root.Delete(recursive: true);

    /// <summary>Whether the genuine pulumi CLI is there.</summary>
    public static bool HasPulumi { get; } = Environment.GetEnvironmentVariable("PATH")!.Split(':').Any(d => File.Exists(Path.Combine(d, "pulumi")));

    /// <summary>Further variables of its commands.</summary>
    public Dictionary<string, string> Variables { get; } = [];

    /// <summary>A path in it.</summary>
    public string At(string file) => Path.Combine(_root.FullName, file);

    /// <summary>Writes a file of it.</summary>
    public void Write(string file, string text)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(At(file))!);
        File.WriteAllText(At(file), text);
    }

    /// <summary>Runs a command in it, as the reader would type it.</summary>
    /// <returns>What it wrote.</returns>
    public async Task<string> SaysAsync(int expected, string command)
    {
        var start = new ProcessStartInfo("bash", ["-c", command])
        {
            WorkingDirectory = _root.FullName,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        // Left by the test host, they would take the program's own builds to another SDK's settings.
        start.Environment.Remove("MSBUILD_EXE_PATH");
        start.Environment.Remove("MSBuildSDKsPath");
        start.Environment.Remove("PULUMI_BACKEND_URL");
        start.Environment["HOME"] = At("home");
        start.Environment["PULUMI_HOME"] = At("home/.pulumi");
        start.Environment["DOTNET_CLI_HOME"] = UsersHome;
        start.Environment["PATH"] = $"{At("bin")}:{Environment.GetEnvironmentVariable("PATH")}";
        start.Environment["PASSTHROUGH_LAUNCHER"] = Path.Combine(_source, "passthrough");
        // The SDK these tests are built with: a login makes the official one the default, and both would build in one directory.
        start.Environment["PulumiSdk"] = BuiltWith;
        start.Environment["PULUMI_CONFIG_PASSPHRASE"] = "reader";
        start.Environment["PULUMI_SKIP_CONFIRMATIONS"] = "true";
        foreach (var (name, value) in Variables)
        {
            start.Environment[name] = value;
        }

        using var process = Process.Start(start)!;
        process.StandardInput.Close();
        var (output, error) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        await process.WaitForExitAsync();
        Assert.True(process.ExitCode == expected, $"`{command}` exited with {process.ExitCode}, not {expected}:\n{await output}\n{await error}");
        return await output;
    }

    private static string BuiltWith =>
#if PULUMI_OFFICIAL
        "official";
#else
        "embedded";
#endif

    private void Project(string directory, string program)
    {
        var project = File.ReadAllLines(Path.Combine(_source, directory, "Pulumi.yaml")).Where(l => !l.StartsWith("main:", StringComparison.Ordinal));
        Write(Path.Combine(directory, "Pulumi.yaml"), string.Join('\n', project.Append($"main: {Path.Combine(_source, program)}")) + "\n");
    }
}
