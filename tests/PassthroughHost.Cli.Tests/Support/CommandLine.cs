using System.Diagnostics;

namespace PassthroughInfra.Cli.Tests.Support;

/// <summary>
/// The built program in a project of its own, with programs of the OpenSSH client that answer as the test says: the whole way from the
/// arguments to the exit code, with no network.
/// </summary>
internal sealed class CommandLine : IDisposable
{
    private const string FakeSsh =
        """
        #!/bin/sh
        # Answers with the reading the test has put there; -G, -F and the rest are of no interest.
        cat >/dev/null
        if [ -e "$FAKE/refuse" ]; then cat "$FAKE/refuse" >&2; exit 255; fi
        cat "$FAKE/reading"
        """;

    private const string FakeScan =
        """
        #!/bin/sh
        [ -e "$FAKE/shown" ] && cat "$FAKE/shown"
        exit 0
        """;

    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("cli-test");

    public CommandLine()
    {
        Write("Pulumi.yaml", "name: passthrough-infra\nruntime: dotnet\n");
        Program("ssh", FakeSsh);
        Program("ssh-keyscan", FakeScan);
        Directory.CreateDirectory(At("home"));
    }

    /// <summary>A path in the project.</summary>
    public string At(string file) => Path.Combine(folder.FullName, file);

    /// <summary>Writes a file of the project.</summary>
    public void Write(string file, string text)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(At(file))!);
        File.WriteAllText(At(file), text);
    }

    /// <summary>What a probe on the host will print.</summary>
    public void HostAnswers(string reading) => Write("fake/reading", reading);

    /// <summary>What ssh will say instead.</summary>
    public void HostRefuses(string message) => Write("fake/refuse", message + "\n");

    /// <summary>The key that ssh-keyscan will see.</summary>
    public void HostShows(string key) => Write("fake/shown", $"gpu-host {key}\n");

    /// <summary>Runs the program.</summary>
    public async Task<(int Code, string Output, string Error)> RunAsync(params string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "passthrough.dll"), .. arguments])
        {
            WorkingDirectory = folder.FullName,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["PATH"] = $"{At("bin")}:{Environment.GetEnvironmentVariable("PATH")}";
        start.Environment["FAKE"] = At("fake");
        start.Environment["HOME"] = At("home");
        start.Environment["PULUMI_HOME"] = At("home/.pulumi");
        start.Environment["LANG"] = "C.UTF-8";
        foreach (var name in (string[])["SSH_AUTH_SOCK", "PULUMI_STACK", "PULUMI_BACKEND_URL", "LC_ALL", "LC_CTYPE"])
            start.Environment.Remove(name);
        using var process = Process.Start(start)!;
        process.StandardInput.Close();
        var (output, error) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        await process.WaitForExitAsync();
        return (process.ExitCode, await output, await error);
    }

    public void Dispose() => folder.Delete(recursive: true);

    private void Program(string name, string text)
    {
        Write($"bin/{name}", text + "\n");
        File.SetUnixFileMode(At($"bin/{name}"), UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }
}
