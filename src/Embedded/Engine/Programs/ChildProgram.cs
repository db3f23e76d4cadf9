using System.Collections.Immutable;
using System.ComponentModel;
using System.Globalization;
using PassthroughInfra.Engine.Processes;
using PassthroughInfra.Engine.Projects;

namespace PassthroughInfra.Engine.Programs;

/// <summary>A stack's program as a child process, started as the CLI's language hosts do: .NET (built when stale) or Node.</summary>
public sealed class ChildProgram(Project project) : IStackProgram
{
    private const string NodeRunner = "node_modules/@pulumi/pulumi/cmd/run";

    private string? assembly;

    public async Task PrepareAsync(Action<string> progress, CancellationToken kill)
    {
        if (!Directory.Exists(project.ProgramDirectory))
            throw new EngineException($"Pulumi.yaml says 'main: {project.Main}', but there is neither a directory nor a file {project.ProgramDirectory}.");
        if (project.Runtime == "dotnet")
            assembly = project.Binary is { } binary ? Path.GetFullPath(Path.Combine(project.Directory, binary)) : await DotnetBuild.EnsureAsync(project.ProgramDirectory, progress, kill);
        if (assembly is not null && !File.Exists(assembly))
            throw new EngineException($"The program's assembly {assembly} does not exist; build it first, or take 'binary' out of Pulumi.yaml's runtime options.");
    }

    public async Task<int> RunAsync(ProgramRun run, CancellationToken kill)
    {
        var command = project.Runtime == "dotnet" ? new ChildCommand("dotnet", [assembly!]) : NodeCommand(run);
        try
        {
            var outcome = await ChildProcess.RunAsync(
                command with { Environment = EnvironmentFor(run), Directory = project.ProgramDirectory }, (_, line) => run.OnLine(line), kill);
            return outcome.ExitCode;
        }
        catch (Win32Exception problem)
        {
            throw new EngineException($"The program cannot be started ({command.Program}): {problem.Message}", problem);
        }
    }

    private Dictionary<string, string> EnvironmentFor(ProgramRun run)
    {
        var environment = ChildEnvironment.Inherited();
        foreach (var (key, value) in run.Environment)
            environment[key] = value;
        if (project.Runtime == "nodejs")
            environment["PULUMI_NODEJS_TYPESCRIPT"] = project.IsTypeScript ? "true" : "false";
        return environment;
    }

    private ChildCommand NodeCommand(ProgramRun run)
    {
        var runner = FindUp(project.ProgramDirectory, NodeRunner)
            ?? throw new EngineException($"There is no {NodeRunner} in {project.ProgramDirectory} or above it; install the program's packages with 'npm install'.");
        ImmutableArray<string> arguments =
        [
            runner, "--project", run.Project, "--stack", run.Stack, "--organization", State.FileBackend.Organization,
            "--engine", run.Monitor, "--monitor", run.Monitor, "--parallel", run.Parallel.ToString(CultureInfo.InvariantCulture),
            .. run.IsPreview ? ["--dry-run"] : Array.Empty<string>(),
            "--pwd", project.ProgramDirectory, project.ProgramFile is { } file ? Path.GetFileName(file) : ".",
        ];
        return new("node", arguments);
    }

    private static string? FindUp(string directory, string name)
    {
        for (var at = directory; at is not null; at = Path.GetDirectoryName(at))
        {
            if (Directory.Exists(Path.Combine(at, name)) || File.Exists(Path.Combine(at, name)) || File.Exists(Path.Combine(at, name + ".js")))
                return Path.Combine(at, name);
        }
        return null;
    }
}
