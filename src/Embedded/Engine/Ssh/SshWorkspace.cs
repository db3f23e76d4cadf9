using System.Collections.Concurrent;
using System.Collections.Frozen;
using PassthroughInfra.Engine.Processes;

namespace PassthroughInfra.Engine.Ssh;

/// <summary>What the ssh programs of one engine run share: their private directory, their environment and the private agents.</summary>
internal sealed class SshWorkspace : IAsyncDisposable
{
    private readonly ConcurrentDictionary<(string Key, string? Passphrase), Lazy<Task<PrivateAgent>>> agents = new();
    private readonly Lazy<PrivateDirectory> directory;
    private readonly Lazy<string> askpass;

    /// <param name="parent">The directory to make the private one in; null is the one for temporary files (TMPDIR).</param>
    public SshWorkspace(string? parent)
    {
        directory = new(() => new PrivateDirectory(parent));
        askpass = new(() => Directory.Write("askpass", AskpassPipe.Script, executable: true));
    }

    public PrivateDirectory Directory => directory.Value;

    /// <summary>The agent that holds a private key; started when the key is first used.</summary>
    /// <exception cref="SshDialException">It is no key, or the passphrase is missing or wrong.</exception>
    public Task<PrivateAgent> AgentForAsync(string privateKey, string? passphrase) =>
        agents.GetOrAdd((privateKey, passphrase), key => new(() => PrivateAgent.StartAsync(this, key.Key, key.Passphrase))).Value;

    /// <summary>
    /// The environment for ssh and its helpers: enough to be found and to speak plainly, and nothing of this process's own, in which
    /// there can be a passphrase.
    /// </summary>
    public static Dictionary<string, string> Environment(params ReadOnlySpan<(string Name, string Value)> more)
    {
        var environment = new Dictionary<string, string>(Basics);
        foreach (var (name, value) in more)
            environment[name] = value;
        return environment;
    }

    /// <summary>Answers questions of ssh or ssh-add with the given lines, one for each question.</summary>
    public AskpassPipe Answering(params IEnumerable<string> answers) => AskpassPipe.Open(Directory, askpass.Value, answers);

    public async ValueTask DisposeAsync()
    {
        foreach (var agent in agents.Values)
        {
            await ((Task)agent.Value).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (agent.Value.IsCompletedSuccessfully)
                await (await agent.Value.ConfigureAwait(false)).DisposeAsync().ConfigureAwait(false);
        }
        if (directory.IsValueCreated)
            directory.Value.Dispose();
    }

    private static FrozenDictionary<string, string> Basics { get; } = new Dictionary<string, string>
    {
        ["PATH"] = System.Environment.GetEnvironmentVariable("PATH") ?? "/usr/local/bin:/usr/bin:/bin",
        ["HOME"] = System.Environment.GetEnvironmentVariable("HOME") ?? "/",
        ["SHELL"] = "/bin/sh",
        ["LC_ALL"] = "C",
    }.ToFrozenDictionary();
}
