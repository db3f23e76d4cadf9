using System.Diagnostics;
using PassthroughInfra.Component.Planning;

namespace PassthroughInfra.Component.Tests.Support;

/// <summary>A directory in which concerns' whole scripts run on a host that is a directory too, with programs of the test's own in place of the host's.</summary>
internal sealed class ScriptStage : IDisposable
{
    /// <summary>Makes it, with an empty directory for a run to work in.</summary>
    public ScriptStage() => Directory.CreateDirectory(At("work"));

    public void Dispose() => Directory.Delete(Root, recursive: true);

    /// <summary>The directory.</summary>
    public string Root { get; } = Directory.CreateTempSubdirectory("stage").FullName;

    /// <summary>Where a file of it is.</summary>
    public string At(string path) => Path.Combine(Root, path);

    /// <summary>Writes a file of it.</summary>
    public void Write(string path, string text)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(At(path))!);
        File.WriteAllText(At(path), text);
    }

    /// <summary>A program that scripts on it run in place of the host's, in <c>bin</c>.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="text">What it does, as a shell's script.</param>
    public void Program(string name, string text)
    {
        Write($"bin/{name}", $"#!/bin/sh\n{text}\n");
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(At($"bin/{name}"), (UnixFileMode)0b111_101_101);
        }
    }

    /// <summary>A concern's whole script, with what it keeps in <c>state</c>, its working directory in <c>work</c>, and the programs of <c>bin</c> before the host's.</summary>
    public string Script(ConcernPlan plan) =>
        HostScript.Text(plan)
            .Replace("/var/lib/passthrough-host", At("state"), StringComparison.Ordinal)
            .Replace("/run/passthrough-host.work", At("work/run"), StringComparison.Ordinal)
            .Replace("\nPATH=", $"\nPATH={At("bin")}:", StringComparison.Ordinal);

    /// <summary>Runs every-step.sh on it; file systems are mounted in a namespace of this test's own, where whoever runs it is root.</summary>
    /// <param name="arguments">Those after the directory.</param>
    public (int Code, string Said) EveryStep(params string[] arguments) =>
        Run("unshare", [Environment.UserName == "root" ? "-m" : "-Urm", "sh", Path.Combine(Repository.Tests, "Support", "every-step.sh"), Root, .. arguments]);

    /// <summary>Runs a program.</summary>
    /// <returns>Its exit code, and what it wrote; of one that succeeded without what it wrote to standard error.</returns>
    public static (int Code, string Said) Run(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        var error = process.StandardError.ReadToEndAsync();
        var said = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, process.ExitCode == 0 ? said : said + error.Result);
    }
}
