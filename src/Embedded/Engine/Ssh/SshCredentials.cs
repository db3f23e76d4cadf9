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
        var agent = target.PrivateKey is { } key
            ? (await workspace.AgentForAsync(key, target.PrivateKeyPassword).ConfigureAwait(false)).SocketPath
            : await UserAgentAsync(target).ConfigureAwait(false);
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

    private static async Task<string?> UserAgentAsync(SshTarget target)
    {
        var fromEnvironment = System.Environment.GetEnvironmentVariable("SSH_AUTH_SOCK");
        var path = target.AgentSocketPath ?? (string.IsNullOrEmpty(fromEnvironment) ? null : fromEnvironment);
        if (path is null)
            return null;
        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            await socket.ConnectAsync(new UnixDomainSocketEndPoint(path)).ConfigureAwait(false);
            return path;
        }
        catch (Exception e) when (e is SocketException or ArgumentException)
        {
            // A password can still do, unless the agent was asked for by name.
            if (target is { AgentSocketPath: null, Password: not null })
                return null;
            var source = target.AgentSocketPath is null ? "$SSH_AUTH_SOCK" : "connection.agentSocketPath";
            throw new SshDialException($"no ssh-agent answers at '{path}' ({source}): {e.Message}; start one and add the key, or set connection.privateKey") { IsPermanent = true };
        }
    }
}
