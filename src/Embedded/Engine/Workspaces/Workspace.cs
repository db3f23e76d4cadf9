using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using PassthroughInfra.Engine.Projects;
using PassthroughInfra.Engine.Secrets;
using PassthroughInfra.Engine.State;
using PassthroughInfra.Engine.Values;

namespace PassthroughInfra.Engine.Workspaces;

/// <summary>A project with the backend that keeps its stacks' states.</summary>
public sealed class Workspace
{
    private readonly Func<string, string?> environment;

    private Workspace(Project project, FileBackend backend, Func<string, string?> environment)
    {
        Project = project;
        Backend = backend;
        this.environment = environment;
    }

    public Project Project { get; }

    public FileBackend Backend { get; }

    /// <summary>Every stack that has a state or a stack file.</summary>
    public IEnumerable<string> Stacks => Backend.Stacks(Project.Name).Union(Project.StacksWithFiles()).Order(StringComparer.Ordinal);

    /// <summary>
    /// Opens the project of a directory; <c>PULUMI_BACKEND_URL</c>, or else the project, or else <c>pulumi login</c>, can name another place for its states
    /// than its own directory.
    /// </summary>
    /// <exception cref="EngineException">There is no project, or it cannot be used here.</exception>
    public static Workspace Open(string directory, Func<string, string?> environment)
    {
        var project = Project.Find(directory);
        var backend = environment("PULUMI_BACKEND_URL") is { Length: > 0 } url ? FileBackend.Open(url, Path.GetFullPath(directory))
            : project.BackendUrl is { Length: > 0 } own ? FileBackend.Open(own, project.Directory)
            : LoggedIn(environment) is { } login ? FileBackend.Open(login, Path.GetFullPath(directory))
            : new FileBackend(project.Directory);
        return new(project, backend, environment);
    }

    /// <summary>The stack's name: as given, or <c>PULUMI_STACK</c>, or the selected one, or the only one there is.</summary>
    /// <exception cref="EngineException">None of these.</exception>
    public string StackName(string? given)
    {
        var name = given ?? environment("PULUMI_STACK") ?? Selected();
        if (string.IsNullOrEmpty(name))
        {
            name = Stacks.ToArray() is [var only]
                ? only
                : throw new EngineException($"No stack is named: use --stack, PULUMI_STACK or 'stack select'. There {(Stacks.Any() ? $"are {string.Join(", ", Stacks)}" : "is none yet; make one with 'stack init'")}.");
        }
        return OwnName(name);
    }

    /// <summary>Opens a stack that has a state or a stack file.</summary>
    /// <exception cref="EngineException">There is no such stack.</exception>
    public Stack OpenStack(string name, PassphraseSource passphrase)
    {
        name = OwnName(name);
        if (!Backend.Exists(Project.Name, name) && !File.Exists(Project.StackFile(name)))
        {
            throw new StackNotFoundException(
                $"There is no stack '{name}' in project '{Project.Name}'{(Stacks.Any() ? $" (there are {string.Join(", ", Stacks)})" : "")}; make it with 'stack init {name}'.");
        }
        return new(this, name, passphrase);
    }

    /// <summary>How many resources a stack has; null where it has no state. Its stack file is not read.</summary>
    /// <exception cref="EngineException">The state cannot be read.</exception>
    public int? CountResources(string stack) => Backend.Read(Project.Name, stack) is { } json
        ? CheckpointReader.Read(json, Backend.StackFile(Project.Name, stack), _ => SecretHidingCrypter.Instance).Resources.Length
        : null;

    /// <summary>Makes a stack with nothing in it.</summary>
    /// <exception cref="EngineException">It exists already, or its name is not allowed.</exception>
    /// <returns>Its name, without those of the owner and the project.</returns>
    public string InitStack(string name)
    {
        name = OwnName(name);
        using var stack = new Stack(this, name, PassphraseSource.Process);
        using var held = stack.Lock(_ => { });
        if (stack.HasState)
            throw new EngineException($"Stack '{name}' exists already.");
        stack.Store.Save(Snapshot.Empty);
        return name;
    }

    /// <summary>Makes a stack the one that is meant where none is named; the CLI sees the same selection.</summary>
    public void Select(string? name)
    {
        var selection = Selection();
        if (name is null)
            selection.Remove("stack");
        else
            selection["stack"] = FileBackend.QualifiedName(Project.Name, name);
        WholeFile.Write(SelectionFile(), Encoding.UTF8.GetBytes(selection.ToJsonString()));
    }

    /// <summary>The selected stack; null where none is.</summary>
    public string? Selected() => Selection()["stack"] is JsonValue value && value.TryGetValue<string>(out var name) ? name : null;

    /// <summary>The outputs of another stack of this backend, by its full name, or its own where the project is this one.</summary>
    internal PropertyMap OutputsOf(string name, PassphraseSource passphrase)
    {
        var (project, stack) = Parse(name);
        if (!Backend.Exists(project, stack))
            throw new EngineException($"unknown stack \"{name}\"");
        using var secrets = new StackSecrets(passphrase, null, _ => { });
        return new StateStore(Backend, project, stack, secrets).Load().Resources.FirstOrDefault(r => r.Type == Urn.StackType)?.Outputs ?? PropertyMap.Empty;
    }

    /// <summary>The backend that <c>pulumi login</c> has chosen on this machine; null where it has chosen none.</summary>
    /// <exception cref="EngineException">What it has written cannot be read, or the backend is none of files.</exception>
    private static string? LoggedIn(Func<string, string?> environment)
    {
        var file = Path.Combine(Home(environment), "credentials.json");
        if (!File.Exists(file))
            return null;
        string? url;
        try
        {
            url = JsonNode.Parse(WholeFile.Read(file))?["current"]?.GetValue<string>();
        }
        catch (Exception problem) when (problem is JsonException or InvalidOperationException)
        {
            throw new EngineException(
                $"{file}, in which 'pulumi login' keeps its backend, cannot be read: {problem.Message} Run 'pulumi login' again, or set PULUMI_BACKEND_URL.",
                problem);
        }
        return url is { Length: > 0 } && !url.StartsWith("file://", StringComparison.Ordinal)
            ? throw new EngineException(
                $"'pulumi login' has chosen the backend {url} ({file}), where this project's stacks may be; the embedded engine keeps state in files only. "
                + "Use the pulumi CLI, or set PULUMI_BACKEND_URL to file://DIRECTORY for states of this engine's own.")
            : url is { Length: > 0 } ? url : null;
    }

    private static string Home(Func<string, string?> environment) =>
        environment("PULUMI_HOME") is { Length: > 0 } set ? set : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".pulumi");

    /// <summary>What the CLI has kept for this project on this machine; empty where it is not to be read.</summary>
    private JsonObject Selection()
    {
        try
        {
            return File.Exists(SelectionFile()) ? JsonNode.Parse(File.ReadAllText(SelectionFile())) as JsonObject ?? [] : [];
        }
        catch (Exception problem) when (problem is JsonException or IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }

    /// <summary>The name of a stack of this project.</summary>
    private string OwnName(string name)
    {
        var (project, stack) = Parse(name);
        return project == Project.Name ? stack : throw new EngineException($"'{name}' is a stack of project '{project}'; this is project '{Project.Name}'.");
    }

    /// <summary>Takes a name apart as the CLI does: <c>stack</c>, <c>organization/stack</c> or <c>organization/project/stack</c>.</summary>
    private (string Project, string Stack) Parse(string name)
    {
        var (owner, project, stack) = name.Split('/') switch
        {
            [var only] => (FileBackend.Organization, Project.Name, only),
            [var by, var of] => (by, Project.Name, of),
            [var by, var its, var of] => (by, its, of),
            _ => (FileBackend.Organization, Project.Name, name),
        };
        if (owner != FileBackend.Organization)
            throw new EngineException($"'{name}' is a stack of '{owner}'; the owner of every stack that is kept in files is called '{FileBackend.Organization}'. Use the pulumi CLI for stacks of its service.");
        return (NameRule.Checked("project", project), NameRule.Checked("stack", stack));
    }

    private string SelectionFile()
    {
#pragma warning disable CA5350 // The CLI's own name for the file, not a protection.
        var hash = Convert.ToHexStringLower(SHA1.HashData(Encoding.UTF8.GetBytes(Path.Combine(Project.Directory, "Pulumi.yaml"))));
#pragma warning restore CA5350
        return Path.Combine(Home(environment), "workspaces", $"{Project.Name}-{hash}-workspace.json");
    }
}
