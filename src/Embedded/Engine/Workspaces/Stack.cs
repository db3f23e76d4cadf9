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
    public Snapshot LoadBlind() => Store.LoadWith(BlindCrypter.Instance);

    /// <summary>Sets a configuration value in the stack file.</summary>
    public void SetConfig(string key, string value, bool secret)
    {
        var qualified = StackSettings.Qualify(Workspace.Project.Name, key);
        if (secret)
            StackFileEditor.SetSecret(Settings.File, qualified, Secrets.EncryptText(value));
        else
            StackFileEditor.SetConfig(Settings.File, qualified, value);
    }

    /// <summary>Removes a configuration value from the stack file; gives whether it was there.</summary>
    public bool RemoveConfig(string key) => StackFileEditor.RemoveConfig(Settings.File, StackSettings.Qualify(Workspace.Project.Name, key));

    /// <summary>The outputs of another stack, for stack references.</summary>
    internal Values.PropertyMap OutputsOf(string name) => Workspace.OutputsOf(name, passphrase);

    public void Dispose() => Secrets.Dispose();
}
