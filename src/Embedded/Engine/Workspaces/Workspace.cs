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

    /// <summary>Opens the project of a directory; <c>PULUMI_BACKEND_URL</c> can name another place for its states.</summary>
    /// <exception cref="EngineException">There is no project, or it cannot be used here.</exception>
    public static Workspace Open(string directory, Func<string, string?> environment)
    {
        var project = Project.Find(directory);
        return new(project, FileBackend.Open(project.Directory, environment("PULUMI_BACKEND_URL")), environment);
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
        // The CLI's full names are taken too.
        var parts = name.Split('/');
        return parts.Length == 3 && parts[0] == FileBackend.Organization && parts[1] == Project.Name ? parts[2] : name;
    }

    /// <summary>Opens a stack that has a state or a stack file.</summary>
    /// <exception cref="EngineException">There is no such stack.</exception>
    public Stack OpenStack(string name, PassphraseSource passphrase)
    {
        CheckName(name);
        if (!Backend.Exists(Project.Name, name) && !File.Exists(Project.StackFile(name)))
        {
            throw new EngineException(
                $"There is no stack '{name}' in project '{Project.Name}'{(Stacks.Any() ? $" (there are {string.Join(", ", Stacks)})" : "")}; make it with 'stack init {name}'.");
        }
        return new(this, name, passphrase);
    }

    /// <summary>Makes a stack with nothing in it.</summary>
    /// <exception cref="EngineException">It exists already, or its name is not allowed.</exception>
    public void InitStack(string name)
    {
        CheckName(name);
        if (Backend.Exists(Project.Name, name))
            throw new EngineException($"Stack '{name}' exists already.");
        using var stack = new Stack(this, name, PassphraseSource.Process);
        stack.Store.Save(Snapshot.Empty);
    }

    /// <summary>Makes a stack the one that is meant where none is named; the CLI sees the same selection.</summary>
    public void Select(string? name)
    {
        if (name is null)
            File.Delete(SelectionFile());
        else
            FileBackend.WriteAtomically(SelectionFile(), Encoding.UTF8.GetBytes(new JsonObject { ["stack"] = FileBackend.QualifiedName(Project.Name, name) }.ToJsonString()));
    }

    /// <summary>The selected stack; null where none is.</summary>
    public string? Selected()
    {
        try
        {
            return File.Exists(SelectionFile()) ? JsonNode.Parse(File.ReadAllText(SelectionFile()))?["stack"]?.GetValue<string>() : null;
        }
        catch (Exception problem) when (problem is JsonException or InvalidOperationException)
        {
            return null;
        }
    }

    /// <summary>The outputs of another stack of this backend, by its full name, or its own where the project is this one.</summary>
    internal PropertyMap OutputsOf(string name, PassphraseSource passphrase)
    {
        var parts = name.Split('/');
        var (project, stack) = parts.Length switch
        {
            1 => (Project.Name, parts[0]),
            2 => (parts[0], parts[1]),
            _ => (parts[1], parts[2]),
        };
        if (!Backend.Exists(project, stack))
            throw new EngineException($"unknown stack \"{name}\"");
        using var secrets = new StackSecrets(passphrase, null, _ => { });
        return new StateStore(Backend, project, stack, secrets).Load().Resources.FirstOrDefault(r => r.Type == Urn.StackType)?.Outputs ?? PropertyMap.Empty;
    }

    private static void CheckName(string name)
    {
        if (name.Length is 0 or > 100 || name.Any(c => !char.IsAsciiLetterOrDigit(c) && c is not ('-' or '_' or '.')))
            throw new EngineException($"'{name}' is no stack name: letters, digits, '-', '_' and '.', at most 100 of them.");
    }

    private string SelectionFile()
    {
        var home = environment("PULUMI_HOME") is { Length: > 0 } set ? set : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".pulumi");
#pragma warning disable CA5350 // The CLI's own name for the file, not a protection.
        var hash = Convert.ToHexStringLower(SHA1.HashData(Encoding.UTF8.GetBytes(Path.Combine(Project.Directory, "Pulumi.yaml"))));
#pragma warning restore CA5350
        return Path.Combine(home, "workspaces", $"{Project.Name}-{hash}-workspace.json");
    }
}
