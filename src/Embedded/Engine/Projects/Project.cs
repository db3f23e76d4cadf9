using System.Collections.Immutable;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace PassthroughInfra.Engine.Projects;

/// <summary>A project: what <c>Pulumi.yaml</c> says, as far as it is used here.</summary>
/// <param name="Directory">Where <c>Pulumi.yaml</c> is.</param>
/// <param name="Runtime"><c>dotnet</c> or <c>nodejs</c>.</param>
/// <param name="Main">The program's directory, or its entry point's file, relative to the project's directory; empty for that directory.</param>
/// <param name="Binary"><c>runtime.options.binary</c>: a built program, run as it is; null where it has to be built.</param>
/// <param name="Defaults">Values of <c>config:</c> that hold for every stack.</param>
public sealed record Project(string Directory, string Name, string Runtime, string Main, string? Binary, ImmutableSortedDictionary<string, YamlNode> Defaults)
{
    // Which package manager installs a Node program's packages is nothing to whoever only runs it.
    private static readonly string[] KnownOptions = ["binary", "typescript", "packagemanager"];

    /// <summary><c>backend: url:</c>; null where it says none.</summary>
    public string? BackendUrl { get; private init; }

    /// <summary>Whether a Node program can be TypeScript, which the SDK compiles while it loads it: unless <c>runtime.options.typescript</c> is false.</summary>
    public bool IsTypeScript { get; private init; } = true;

    /// <summary>Where the stack files are: <c>stackConfigDir:</c>, or the project's own directory.</summary>
    public string StackDirectory { get; private init; } = Directory;

    /// <summary>The program's directory; with a file as <c>main:</c>, the one it is in.</summary>
    public string ProgramDirectory => ProgramFile is { } file ? Path.GetDirectoryName(file)! : Path.GetFullPath(Path.Combine(Directory, Main));

    /// <summary>The program's entry point, where <c>main:</c> names a file; null where it is a directory's to say.</summary>
    public string? ProgramFile => Path.GetFullPath(Path.Combine(Directory, Main)) is var path && File.Exists(path) ? path : null;

    /// <summary>The stack file of a stack.</summary>
    public string StackFile(string stack) => Path.Combine(StackDirectory, $"Pulumi.{stack}.yaml");

    /// <summary>The stacks that have a stack file.</summary>
    public IEnumerable<string> StacksWithFiles() => !System.IO.Directory.Exists(StackDirectory) ? [] : System.IO.Directory.GetFiles(StackDirectory, "Pulumi.*.yaml")
        .Select(f => Path.GetFileName(f)["Pulumi.".Length..^".yaml".Length]).Order(StringComparer.Ordinal);

    /// <summary>Reads the project of a directory, or of the nearest one above it that has one.</summary>
    /// <exception cref="EngineException">There is none, or it cannot be used here.</exception>
    public static Project Find(string directory)
    {
        for (var at = Path.GetFullPath(directory); at is not null; at = Path.GetDirectoryName(at))
        {
            var file = Path.Combine(at, "Pulumi.yaml");
            if (File.Exists(file))
                return Read(file);
        }
        throw new EngineException($"There is no Pulumi.yaml in {Path.GetFullPath(directory)} or above it; run this in a project's directory, or name one with --cwd.");
    }

    private static Project Read(string file)
    {
        var root = Yaml.Load(file);
        var name = State.NameRule.Checked("project", Yaml.Text(root, "name") ?? throw new EngineException($"{file} has no 'name:'."));
        var runtime = Yaml.Get(root, "runtime") ?? throw new EngineException($"{file} has no 'runtime:'.");
        var runtimeName = runtime is YamlScalarNode scalar ? scalar.Value! : Yaml.Text(runtime, "name") ?? "";
        if (runtimeName is not ("dotnet" or "nodejs"))
            throw new EngineException($"{file} has runtime '{runtimeName}'; the embedded engine runs dotnet and nodejs. Use the pulumi CLI for other languages.");
        if (Yaml.Get(root, "options") is { } projectOptions && Yaml.Text(projectOptions, "refresh") is { } refresh)
            throw new EngineException($"{file} has 'options: refresh: {refresh}', which the embedded engine does not do. Use --refresh where it is wanted, or the pulumi CLI.");
        var runtimeOptions = Yaml.Get(runtime, "options") as YamlMappingNode ?? [];
        if (runtimeOptions.Children.Keys.Select(k => ((YamlScalarNode)k).Value!).FirstOrDefault(k => !KnownOptions.Contains(k)) is { } unknown)
            throw new EngineException($"{file} has the runtime option '{unknown}', which the embedded engine does not know. Take it out, or use the pulumi CLI.");
        var directory = Path.GetDirectoryName(file)!;
        return new(
            directory, name, runtimeName, Yaml.Text(root, "main") ?? "",
            Yaml.Text(runtimeOptions, "binary"),
            ReadDefaults(name, Yaml.Get(root, "config") as YamlMappingNode))
        {
            IsTypeScript = Yaml.Text(runtimeOptions, "typescript") != "false",
            BackendUrl = Yaml.Get(root, "backend") is { } backend ? Yaml.Text(backend, "url") : null,
            // The older name of it is 'config:' with a path.
            StackDirectory = Path.GetFullPath(Path.Combine(directory, Yaml.Text(root, "stackConfigDir") ?? Yaml.Text(root, "config") ?? "")),
        };
    }

    private static ImmutableSortedDictionary<string, YamlNode> ReadDefaults(string project, YamlMappingNode? config)
    {
        var defaults = ImmutableSortedDictionary.CreateBuilder<string, YamlNode>(StringComparer.Ordinal);
        foreach (var (key, node) in config ?? [])
        {
            var value = node is YamlMappingNode ? Yaml.Get(node, "value") ?? Yaml.Get(node, "default") : node;
            if (value is not null)
                defaults[StackSettings.Qualify(project, ((YamlScalarNode)key).Value!)] = value;
        }
        return defaults.ToImmutable();
    }
}

/// <summary>YAML as far as it is needed here.</summary>
internal static class Yaml
{
    /// <exception cref="EngineException">The file cannot be read, or is no mapping.</exception>
    public static YamlMappingNode Load(string file)
    {
        try
        {
            return Parse(File.ReadAllText(file));
        }
        catch (YamlException problem)
        {
            throw new EngineException($"{file}, line {problem.Start.Line}: {problem.Message}", problem);
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            throw new EngineException($"{file} cannot be read: {problem.Message}", problem);
        }
        catch (FormatException problem)
        {
            throw new EngineException($"{file}: {problem.Message}", problem);
        }
    }

    public static YamlMappingNode Parse(string text)
    {
        YamlBounds.Check(text);
        var stream = new YamlStream();
        stream.Load(new StringReader(text));
        return stream.Documents.Count == 0 ? [] : stream.Documents[0].RootNode switch
        {
            YamlMappingNode mapping => mapping,
            YamlScalarNode { Value: "" or null } => [],
            _ => throw new FormatException("it has to be a mapping of keys to values"),
        };
    }

    public static YamlNode? Get(YamlNode node, string key) => node is YamlMappingNode mapping && mapping.Children.TryGetValue(new YamlScalarNode(key), out var value) ? value : null;

    public static string? Text(YamlNode node, string key) => Get(node, key) is YamlScalarNode scalar ? scalar.Value : null;
}
