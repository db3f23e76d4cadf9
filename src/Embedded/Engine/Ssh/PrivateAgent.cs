using PassthroughInfra.Engine.Processes;

namespace PassthroughInfra.Engine.Ssh;

/// <summary>
/// An ssh-agent of our own that holds one private key, in memory only. One agent a key: a connection can offer no other key than its own.
/// </summary>
internal sealed class PrivateAgent : IAsyncDisposable
{
    private static readonly TimeSpan StartTimeout = TimeSpan.FromSeconds(20);

    private readonly GuardedProcess process;

    private PrivateAgent(GuardedProcess process, string socketPath)
    {
        this.process = process;
        SocketPath = socketPath;
    }

    /// <summary>For SSH_AUTH_SOCK.</summary>
    public string SocketPath { get; }

    /// <summary>Starts an agent and gives it a key, over pipes.</summary>
    /// <param name="privateKey">The key in PEM, of any form that OpenSSH reads.</param>
    /// <exception cref="SshDialException">It is no key, or the passphrase is missing or wrong.</exception>
    public static async Task<PrivateAgent> StartAsync(SshWorkspace workspace, string privateKey, string? passphrase)
    {
        var socket = workspace.Directory.NewPath("a");
        var command = new ChildCommand("ssh-agent", ["-D", "-a", socket]) { Environment = SshWorkspace.Environment() };
        var agent = new PrivateAgent(GuardedProcess.Start(command, workspace.Directory.Path), socket);
        try
        {
            await agent.LoadAsync(workspace, privateKey, passphrase).ConfigureAwait(false);
            return agent;
        }
        catch
        {
            await agent.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    public ValueTask DisposeAsync() => process.DisposeAsync();

    private async Task LoadAsync(SshWorkspace workspace, string privateKey, string? passphrase)
    {
        // ssh-agent announces its socket on standard output once it listens.
        await Task.WhenAny(process.FirstOutput, process.Ended, Task.Delay(StartTimeout)).ConfigureAwait(false);
        if (!process.FirstOutput.IsCompleted)
            throw new SshDialException($"ssh-agent, which is to hold the private key, did not start: {process.Errors}") { IsPermanent = true };
        // A wrong passphrase is asked for again until the answer is empty.
        using var answers = workspace.Answering(passphrase ?? "", "");
        var add = new ChildCommand("ssh-add", ["-q", "-"])
        {
            Environment = SshWorkspace.Environment([("SSH_AUTH_SOCK", SocketPath), .. answers.Environment]),
            Stdin = Normalised(privateKey),
        };
        var outcome = await ChildProcess.RunAsync(add, null, CancellationToken.None).ConfigureAwait(false);
        if (outcome.ExitCode != 0)
            throw new SshDialException(Refusal(outcome.Output.Tail(3), answers.WasAsked, passphrase is not null)) { IsPermanent = true };
    }

    /// <summary>OpenSSH wants a line feed at the end of every line, the last too; copied keys often lack it or have carriage returns.</summary>
    private static string Normalised(string privateKey) => privateKey.ReplaceLineEndings("\n").Trim() + "\n";

    private static string Refusal(string said, bool wasAsked, bool hasPassphrase) => (wasAsked, hasPassphrase) switch
    {
        (true, false) => "the private key is encrypted; set privateKeyPassword",
        (true, true) => "privateKeyPassword does not open the private key",
        _ => $"the private key cannot be used ({said}); expected a key in PEM, as ssh-keygen writes it, from its BEGIN line to its END line",
    };
}
