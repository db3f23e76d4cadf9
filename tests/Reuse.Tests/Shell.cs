using System.Diagnostics;
using PassthroughInfra.Component.Tests.Support;

namespace PassthroughInfra.Reuse.Tests;

/// <summary>Runs a command in the repository, as a person would.</summary>
internal static class Shell
{
    /// <summary>Runs it to its end.</summary>
    /// <returns>Its exit code and all it wrote.</returns>
    public static async Task<(int Code, string Output)> RunAsync(string command, IReadOnlyDictionary<string, string>? environment = null)
    {
        var start = new ProcessStartInfo("bash") { WorkingDirectory = Repository.Root, RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true };
        start.ArgumentList.Add("-c");
        start.ArgumentList.Add(command);
        // Left by the test host, it would take the program's own builds to another SDK's settings.
        start.Environment.Remove("MSBUILD_EXE_PATH");
        start.Environment.Remove("MSBuildSDKsPath");
        foreach (var (name, value) in environment ?? new Dictionary<string, string>())
        {
            start.Environment[name] = value;
        }

        using var process = Process.Start(start)!;
        process.StandardInput.Close();
        var (output, errors) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        await process.WaitForExitAsync();
        return (process.ExitCode, await output + await errors);
    }
}
