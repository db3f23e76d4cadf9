using System.Collections.Concurrent;
using System.Diagnostics;
using PassthroughInfra.Engine.Programs;
using PassthroughInfra.Engine.Projects;

namespace PassthroughInfra.Engine.Tests.Fixture;

/// <summary>A genuine program on <c>@pulumi/pulumi</c>, one file of <c>node/programs</c>; the packages are installed once on this machine.</summary>
internal static class NodeProgram
{
    private static readonly Lazy<string> Packages = new(Install);
    private static readonly ConcurrentDictionary<string, Lazy<string>> Directories = new(StringComparer.Ordinal);

    // The Node SDK has stack traces coloured by util.inspect, which in Node 20 takes a minute for one with a frame in node_modules.
    // What late.js leaves out takes two thirds of the time that a small program takes.
    static NodeProgram() => Environment.SetEnvironmentVariable(
        "NODE_OPTIONS", $"--stack-trace-limit=0 --require \"{Path.Combine(AppContext.BaseDirectory, "node", "late.js")}\"");

    /// <summary>The directory with the packages: a program below it finds them.</summary>
    public static string Directory => Packages.Value;

    /// <summary>The program of a file, <c>name.js</c> or <c>name.ts</c>.</summary>
    public static IStackProgram Of(string name) => new ChildProgram(Project.Find(Directories.GetOrAdd(name, n => new(() => LayOut(n))).Value));

    private static string LayOut(string name)
    {
        var programs = Path.Combine(AppContext.BaseDirectory, "node", "programs");
        var language = File.Exists(Path.Combine(programs, name + ".ts")) ? "ts" : "js";
        var directory = Path.Combine(Packages.Value, "run", name);
        System.IO.Directory.CreateDirectory(directory);
        File.Copy(Path.Combine(programs, $"{name}.{language}"), Path.Combine(directory, $"index.{language}"), overwrite: true);
        // The TypeScript compiler takes as long to load as everything else, and only a program in TypeScript needs it.
        var typescript = language == "ts" ? "true" : "false";
        File.WriteAllText(Path.Combine(directory, "Pulumi.yaml"), $"name: demo\nruntime:\n  name: nodejs\n  options: {{ typescript: {typescript} }}\n");
        File.WriteAllText(Path.Combine(directory, "package.json"), $$"""{"name":"demo","main":"index.{{language}}"}""");
        return directory;
    }

    // Node looks for packages in the directories above a program, and takes a link for what it leads to.
    private static string Install()
    {
        var directory = Path.Combine(AppContext.BaseDirectory, "node");
        var start = new ProcessStartInfo("bash", [Path.Combine(directory, "install.sh")]) { RedirectStandardOutput = true, RedirectStandardError = true };
        using var install = Process.Start(start)!;
        var (output, errors) = (install.StandardOutput.ReadToEndAsync(), install.StandardError.ReadToEndAsync());
        install.WaitForExit();
        Assert.True(install.ExitCode == 0, errors.Result);
        var run = System.IO.Directory.CreateDirectory(Path.Combine(directory, "run"));
        File.Copy(Path.Combine(directory, "programs", "lib.js"), Path.Combine(run.FullName, "lib.js"), overwrite: true);
        var packages = new DirectoryInfo(Path.Combine(directory, "node_modules"));
        if (packages.Exists || packages.LinkTarget is not null)
            packages.Delete(recursive: packages.LinkTarget is null);
        System.IO.Directory.CreateSymbolicLink(packages.FullName, Path.Combine(output.Result.Trim(), "node_modules"));
        return directory;
    }
}
