using System.Text.Json;
using System.Text.Json.Nodes;
using PassthroughInfra.Engine.Projects;
using PassthroughInfra.Engine.Secrets;
using PassthroughInfra.Engine.State;

namespace PassthroughInfra.Engine.Workspaces;

/// <summary>One stack: its settings, its secrets and its state.</summary>
public sealed class Stack : IDisposable
{
    private readonly PassphraseSource passphrase;

    internal Stack(Workspace workspace, string name, PassphraseSource passphrase)
    {
        this.passphrase = passphrase;
        Workspace = workspace;
        Name = name;
        Settings = StackSettings.Read(workspace.Project, name);
        Secrets = new(passphrase, Settings.Salt, salt => StackFileEditor.SetSalt(Settings.File, salt));
        Store = new(workspace.Backend, workspace.Project.Name, name, Secrets);
    }

    public Workspace Workspace { get; }

    public string Name { get; }

    public StackSettings Settings { get; }

    public StackSecrets Secrets { get; }

    public StateStore Store { get; }

    /// <summary>Whether it has a state.</summary>
    public bool HasState => Workspace.Backend.Exists(Workspace.Project.Name, Name);

    /// <summary>Takes the stack for this process.</summary>
    /// <exception cref="EngineException">Another process has it.</exception>
    public StackLock Lock(Action<string> warn) => Workspace.Backend.Lock(Workspace.Project.Name, Name, warn);

    /// <summary>Removes every lock of the stack; gives what each said.</summary>
    public IReadOnlyList<string> Cancel() => StackLock.Break(Workspace.Backend, Workspace.Project.Name, Name);

    /// <summary>The state for a look at it: no passphrase is needed, and secrets read as <c>[secret]</c>.</summary>
    public Snapshot LoadWithoutSecrets() => Store.LoadWith(SecretHidingCrypter.Instance);

    /// <summary>A configuration value as the program gets it, a secret in plain; null where there is none.</summary>
    public string? GetConfig(ConfigKey key)
    {
        // Another value's secret is no reason to ask for the passphrase.
        var config = Settings.Resolve(Settings.IsSecret(key.Name) ? Secrets.DecryptText : _ => "");
        if (!config.Values.TryGetValue(key.Name, out var value) || key.Within.IsEmpty)
            return value;
        try
        {
            var node = key.Within.Aggregate(JsonNode.Parse(value), (at, step) => (at as JsonObject)?[step]);
            return node is JsonValue single && single.TryGetValue<string>(out var text) ? text : node?.ToJsonString(StackSettings.Json);
        }
        catch (JsonException)
        {
            // A single value has nothing within.
            return null;
        }
    }

    /// <summary>Sets a configuration value in the stack file.</summary>
    /// <exception cref="EngineException">The place cannot be edited as text; the message says why.</exception>
    public void SetConfig(ConfigKey key, string value, bool secret)
    {
        if (secret)
            StackFileEditor.SetSecret(Settings.File, Workspace.Project.Name, key, Secrets.EncryptText(value));
        else
            StackFileEditor.SetConfig(Settings.File, Workspace.Project.Name, key, value);
    }

    /// <summary>Removes a configuration value from the stack file; gives whether it was there.</summary>
    public bool RemoveConfig(ConfigKey key) => StackFileEditor.RemoveConfig(Settings.File, Workspace.Project.Name, key);

    /// <summary>The outputs of another stack, for stack references.</summary>
    internal Values.PropertyMap OutputsOf(string name) => Workspace.OutputsOf(name, passphrase);

    public void Dispose() => Secrets.Dispose();
}
