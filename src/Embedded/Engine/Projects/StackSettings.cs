using System.Collections.Immutable;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using YamlDotNet.RepresentationModel;

namespace PassthroughInfra.Engine.Projects;

/// <summary>A stack file, <c>Pulumi.&lt;stack&gt;.yaml</c>: configuration and the salt of its secrets.</summary>
public sealed class StackSettings
{
    internal static readonly JsonSerializerOptions Json = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly Project project;
    private readonly ImmutableSortedDictionary<string, YamlNode> config;

    private StackSettings(Project project, string file, string? salt, ImmutableSortedDictionary<string, YamlNode> config)
    {
        this.project = project;
        this.config = config;
        File = file;
        Salt = salt;
    }

    /// <summary>The stack file; it need not exist.</summary>
    public string File { get; }

    /// <summary><c>encryptionsalt:</c>; null where there is none.</summary>
    public string? Salt { get; }

    /// <summary>Whether any value is encrypted.</summary>
    public bool HasSecrets => config.Values.Any(HasSecret);

    /// <summary>Whether a value is or holds a secret.</summary>
    public bool IsSecret(string key) => config.TryGetValue(key, out var node) && HasSecret(node);

    /// <summary>Reads the file of a stack; one that is not there is empty.</summary>
    /// <exception cref="EngineException">It cannot be read, or wants a kind of secrets that is not known here.</exception>
    public static StackSettings Read(Project project, string stack)
    {
        var file = project.StackFile(stack);
        var root = System.IO.File.Exists(file) ? Yaml.Load(file) : [];
        if (Yaml.Text(root, "secretsprovider") is { Length: > 0 } provider && provider != "passphrase")
            throw new EngineException($"{file} has secretsprovider '{provider}'; the embedded engine knows passphrases only. Use the pulumi CLI for this stack.");
        if (Yaml.Get(root, "environment") is not null)
            throw new EngineException($"{file} has an 'environment:', which the embedded engine does not do. Use the pulumi CLI for this stack.");
        var config = (Yaml.Get(root, "config") as YamlMappingNode)?.Children
            .ToImmutableSortedDictionary(c => Qualify(project.Name, ((YamlScalarNode)c.Key).Value!), c => c.Value, StringComparer.Ordinal)
            ?? ImmutableSortedDictionary<string, YamlNode>.Empty;
        return new(project, file, Yaml.Text(root, "encryptionsalt"), config);
    }

    /// <summary>A key with its namespace, which is the project's where it has none.</summary>
    public static string Qualify(string project, string key) => key.Contains(':', StringComparison.Ordinal) ? key : $"{project}:{key}";

    /// <summary>The configuration as the program gets it.</summary>
    /// <param name="decrypt">Decrypts one secret; called only where there is one.</param>
    public StackConfig Resolve(Func<string, string> decrypt)
    {
        var values = ImmutableSortedDictionary.CreateBuilder<string, string>(StringComparer.Ordinal);
        var secrets = ImmutableSortedSet.CreateBuilder<string>(StringComparer.Ordinal);
        foreach (var (key, node) in project.Defaults.Where(d => !config.ContainsKey(d.Key)).Concat(config))
        {
            try
            {
                values[key] = Text(node, decrypt, () => secrets.Add(key));
            }
            catch (Exception problem) when (problem is FormatException or InvalidCastException)
            {
                throw new EngineException($"{File}: {key}: {problem.Message}", problem);
            }
        }
        return new(values.ToImmutable(), secrets.ToImmutable());
    }

    /// <summary>The configuration as the history keeps it: as the stack file has it, secrets as their ciphertexts.</summary>
    public JsonObject Recorded()
    {
        var recorded = new JsonObject();
        foreach (var (key, node) in project.Defaults.Where(d => !config.ContainsKey(d.Key)).Concat(config))
            recorded[key] = node is YamlScalarNode scalar ? scalar.Value ?? "" : YamlJson.Convert(node, null, () => { });
        return recorded;
    }

    private static bool HasSecret(YamlNode node) => YamlJson.Ciphertext(node) is not null || node switch
    {
        YamlMappingNode mapping => mapping.Children.Values.Any(HasSecret),
        YamlSequenceNode sequence => sequence.Any(HasSecret),
        _ => false,
    };

    private static string Text(YamlNode node, Func<string, string> decrypt, Action sawSecret)
    {
        if (node is YamlScalarNode scalar)
            return scalar.Value ?? "";
        if (YamlJson.Ciphertext(node) is not { } ciphertext)
            return YamlJson.Convert(node, decrypt, sawSecret)!.ToJsonString(Json);
        sawSecret();
        return decrypt(ciphertext);
    }
}
