using System.Diagnostics;
using PassthroughInfra.Engine.Programs;
using PassthroughInfra.Engine.Projects;

namespace PassthroughInfra.Engine.Tests.Fixture;

/// <summary>A genuine program on <c>@pulumi/pulumi</c>, one file of <c>node/programs</c>; the packages are installed once, when first needed.</summary>
internal static class NodeProgram
{
    private static readonly Lazy<string> Packages = new(Install);

    // The Node SDK has stack traces coloured by util.inspect, which in Node 20 takes a minute for one with a frame in node_modules.
    static NodeProgram() => Environment.SetEnvironmentVariable("NODE_OPTIONS", "--stack-trace-limit=0");

    /// <summary>The directory with the packages.</summary>
    public static string Directory => Packages.Value;

    /// <summary>The program of a file, <c>name.js</c> or <c>name.ts</c>.</summary>
    public static IStackProgram Of(string name)
    {
        var programs = Path.Combine(AppContext.BaseDirectory, "node", "programs");
        var language = File.Exists(Path.Combine(programs, name + ".ts")) ? "ts" : "js";
        var directory = Path.Combine(Packages.Value, "run", name);
        System.IO.Directory.CreateDirectory(directory);
        File.Copy(Path.Combine(programs, $"{name}.{language}"), Path.Combine(directory, $"index.{language}"), overwrite: true);
        File.Copy(Path.Combine(programs, "lib.js"), Path.Combine(Packages.Value, "run", "lib.js"), overwrite: true);
        File.WriteAllText(Path.Combine(directory, "Pulumi.yaml"), "name: demo\nruntime: nodejs\n");
        File.WriteAllText(Path.Combine(directory, "package.json"), $$"""{"name":"demo","main":"index.{{language}}"}""");
        return new ChildProgram(Project.Find(directory));
    }

    private static string Install()
    {
        var directory = Path.Combine(AppContext.BaseDirectory, "node");
        var installed = Path.Combine(directory, "node_modules", ".package-lock.json");
        if (File.Exists(installed) && File.GetLastWriteTimeUtc(installed) >= File.GetLastWriteTimeUtc(Path.Combine(directory, "package-lock.json")))
            return directory;
        // A registry that is slow once is none that has failed.
        var said = "";
        for (var attempt = 0; attempt < 3; attempt++)
        {
            var start = new ProcessStartInfo("npm", ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--prefer-offline"])
            {
                WorkingDirectory = directory,
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            };
            // npm tells https from http by a stack trace, so it must have some.
            start.Environment.Remove("NODE_OPTIONS");
            using var npm = Process.Start(start)!;
            var output = npm.StandardOutput.ReadToEndAsync();
            var errors = npm.StandardError.ReadToEndAsync();
            npm.WaitForExit();
            if (npm.ExitCode == 0)
                return directory;
            said = $"{output.Result}{errors.Result}";
        }

        Assert.Fail($"npm ci failed three times:\n{said}");
        return directory;
    }
}
