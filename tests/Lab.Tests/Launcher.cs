using System.Diagnostics;

namespace PassthroughInfra.Lab.Tests;

/// <summary>The checkout's launcher, so that what is tested is what is typed; with a state of its own, gone after the test.</summary>
internal sealed class Launcher : IDisposable
{
    private readonly DirectoryInfo _state = Directory.CreateTempSubdirectory("passthrough-lab-test");

    public void Dispose() => _state.Delete(recursive: true);

    /// <summary>Runs it, holds its exit code against the expected one, and gives what it printed.</summary>
    public async Task<string> SaysAsync(int expected, params string[] arguments)
    {
        var start = new ProcessStartInfo(Path.Combine(LabHost.Root, "passthrough"), arguments)
        {
            WorkingDirectory = LabHost.Root,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["PULUMI_BACKEND_URL"] = $"file://{_state.FullName}";
        start.Environment["PULUMI_CONFIG_PASSPHRASE"] = "lab";
        using var process = Process.Start(start)!;
        process.StandardInput.Close();
        var (output, error) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        await process.WaitForExitAsync();
        Assert.True(process.ExitCode == expected, $"passthrough {string.Join(' ', arguments)} exited with {process.ExitCode}, not {expected}:\n{await output}\n{await error}");
        return await output;
    }
}
