using System.Collections.Immutable;
using System.Net.Sockets;

namespace PassthroughInfra.Engine.Ssh;

/// <summary>How one dial proves who it is: options and environment for ssh, and what must live while it logs in.</summary>
internal sealed class SshCredentials : IDisposable
{
    // Keyboard-interactive can ask more than once (RFC 4256); every question is answered by the password, as the Pulumi provider does.
    private const int PasswordAnswers = 4;

    private readonly AskpassPipe? askpass;

    private SshCredentials(ImmutableArray<string> options, ImmutableArray<(string, string)> environment, AskpassPipe? askpass)
    {
        Options = options;
        Environment = environment;
        this.askpass = askpass;
    }

    public ImmutableArray<string> Options { get; }

    public ImmutableArray<(string Name, string Value)> Environment { get; }

    /// <summary>The private key where there is one, else the agent's keys; then the password.</summary>
    /// <exception cref="SshDialException">They cannot be used, or there are none.</exception>
    public static async Task<SshCredentials> PrepareAsync(SshTarget target, SshWorkspace workspace)
    {
        var agent = target is { PrivateKey: not null, AgentMustAnswer: false } ? null : UserAgent(target);
        if (target.PrivateKey is { } key)
            agent = (await workspace.AgentForAsync(key, target.PrivateKeyPassword).ConfigureAwait(false)).SocketPath;
        if (agent is null && target.Password is null)
        {
            throw new SshDialException("there is nothing to log in with: set connection.privateKey or connection.password, or start an ssh-agent that holds the key")
            {
                IsPermanent = true,
            };
        }
        var askpass = target.Password is { } password ? workspace.Answering(Enumerable.Repeat(password, PasswordAnswers)) : null;
        return new(
            [
                "IdentityFile=none",
                agent is null ? "IdentityAgent=none" : "IdentityAgent=SSH_AUTH_SOCK",
                $"PreferredAuthentications={(agent is null ? "" : "publickey")}{(agent is null || askpass is null ? "" : ",")}{(askpass is null ? "" : "password,keyboard-interactive")}",
                .. askpass is null ? ImmutableArray.Create("BatchMode=yes") : ["BatchMode=no", "NumberOfPasswordPrompts=1"],
            ],
            [.. agent is null ? [] : new[] { ("SSH_AUTH_SOCK", agent) }, .. askpass?.Environment ?? []],
            askpass);
    }

    public void Dispose() => askpass?.Dispose();

    private static string? UserAgent(SshTarget target)
    {
        var fromEnvironment = System.Environment.GetEnvironmentVariable("SSH_AUTH_SOCK");
        var path = target.AgentSocketPath ?? (string.IsNullOrEmpty(fromEnvironment) ? null : fromEnvironment);
        if (path is null)
            return null;
        if (AgentProblem(path) is not { } problem)
            return path;
        throw new SshDialException(target.AgentSocketPath is null
            ? $"no ssh-agent answers at '{path}' ($SSH_AUTH_SOCK): {problem}; start one that holds the key, or, if the connection has a key or password of its own, unset SSH_AUTH_SOCK"
            : $"no ssh-agent answers at '{path}' (connection.agentSocketPath): {problem}; start one that holds the key, or take agentSocketPath out")
        {
            IsPermanent = true,
        };
    }

    /// <summary>Whether somebody listens at an agent's socket.</summary>
    public static bool AgentAnswers(string path) => AgentProblem(path) is null;

    private static string? AgentProblem(string path)
    {
        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            socket.Connect(new UnixDomainSocketEndPoint(path));
            return null;
        }
        catch (Exception e) when (e is SocketException or ArgumentException)
        {
            return e.Message;
        }
    }
}
