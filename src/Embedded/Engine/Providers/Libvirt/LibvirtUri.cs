using System.Collections.Immutable;
using System.Net;
using System.Text.RegularExpressions;
using PassthroughInfra.Engine.Ssh;

namespace PassthroughInfra.Engine.Providers.Libvirt;

/// <summary>
/// Where a libvirt is: a connection URI (https://libvirt.org/uri.html), and for <c>qemu+ssh</c> the host on which it is that URI.
/// </summary>
/// <param name="Local">The URI for virsh on the machine that has the libvirt.</param>
/// <param name="Host">That machine; null for this one.</param>
internal sealed partial record LibvirtUri(string Local, SshTarget? Host)
{
    // The official provider's own order. Of several host keys a host shows the one that comes first here, and no other: of which type the known one is does not
    // count, as it does with OpenSSH (https://github.com/golang/go/issues/29286).
    private const string HostKeyAlgorithms =
        "ssh-ed25519,ssh-rsa,rsa-sha2-256,rsa-sha2-512,sk-ecdsa-sha2-nistp256@openssh.com,sk-ssh-ed25519@openssh.com,"
        + "ecdsa-sha2-nistp256,ecdsa-sha2-nistp384,ecdsa-sha2-nistp521";

    /// <summary>
    /// Reads a URI. Of the parameters of the SSH transport it knows <c>keyfile</c>, <c>knownhosts</c> (default ~/.ssh/known_hosts),
    /// <c>no_verify</c>, <c>sshauth</c> and <c>socket</c>. As there, variables of the engine's environment in the first two are expanded, one that is not
    /// set to nothing, and a leading <c>~/</c> in <c>keyfile</c>. Unlike with the official provider, the port may be any.
    /// </summary>
    /// <exception cref="ProviderException">It cannot be used.</exception>
    public static LibvirtUri Parse(string text) => Parse(text, Environment.GetEnvironmentVariable("SSH_AUTH_SOCK"));

    /// <inheritdoc cref="Parse(string)"/>
    /// <param name="agentSocket">The socket of the user's ssh-agent; null or empty for none.</param>
    internal static LibvirtUri Parse(string text, string? agentSocket)
    {
        if (!Uri.TryCreate(text, UriKind.Absolute, out var uri))
            throw new ProviderException($"The libvirt URI '{text}' (uri) is none; expected a form like qemu:///system or qemu+ssh://root@gpu-host.internal/system.");
        var scheme = uri.Scheme.Split('+');
        if (scheme.Length == 1 || scheme[1] != "ssh")
        {
            // Without a transport, a host name means TLS to libvirt; virsh knows how to do that.
            return new(text, null);
        }
        var options = Options(uri, text);
        var socket = options.GetValueOrDefault("socket");
        return new(
            socket is null ? $"{scheme[0]}://{uri.AbsolutePath}" : $"{scheme[0]}+unix://{uri.AbsolutePath}?socket={Uri.EscapeDataString(socket)}",
            Target(uri, options, agentSocket, text));
    }

    private static SshTarget Target(Uri uri, ImmutableDictionary<string, string> options, string? agentSocket, string text)
    {
        if (uri.Host.Length == 0)
            throw new ProviderException($"The libvirt URI '{text}' (uri) has no host; expected qemu+ssh://user@host/system.");
        var verify = options.GetValueOrDefault("no_verify") is not ("1" or "true");
        var keyFile = KeyFile(options, agentSocket, text);
        return new()
        {
            Host = uri.IdnHost.Trim('[', ']'),
            Port = uri.IsDefaultPort || uri.Port < 0 ? 22 : uri.Port,
            User = uri.UserInfo.Length > 0 ? WebUtility.UrlDecode(uri.UserInfo) : Environment.UserName,
            PrivateKey = keyFile is null ? null : ReadKey(keyFile),
            KnownHostsPath = verify ? Expanded(options.GetValueOrDefault("knownhosts")) ?? InSshDirectory("known_hosts") : null,
            HostKeyAlgorithms = HostKeyAlgorithms,
            // The official provider connects once and does not try again.
            DialErrorLimit = 0,
        };
    }

    /// <summary>
    /// The key to log in with; null for the agent's. Both are the SSH method <c>publickey</c>, of which the official provider's library tries the first that it is
    /// given and no other: where an agent answers, a key file does not count unless <c>sshauth</c> names <c>privkey</c> first.
    /// </summary>
    private static string? KeyFile(ImmutableDictionary<string, string> options, string? agentSocket, string text)
    {
        var ways = options.GetValueOrDefault("sshauth", "agent,privkey").Split(',');
        foreach (var way in ways)
        {
            if (way == "agent" && !string.IsNullOrEmpty(agentSocket) && SshCredentials.AgentAnswers(agentSocket))
                return null;
            if (way == "privkey" && (OfHome(Expanded(options.GetValueOrDefault("keyfile"))) ?? DefaultKey()) is { } file)
                return file;
        }
        // Where the agent is missing is told by whoever would ask it.
        return ways.Contains("agent") ? null : throw new ProviderException(
            $"The libvirt URI '{text}' (uri) leaves nothing to log in with: sshauth rules the ssh-agent out, and there is no key (keyfile, or ~/.ssh/id_rsa).");
    }

    private static string? Expanded(string? path) =>
        path is null ? null : Variable().Replace(path, m => Environment.GetEnvironmentVariable(m.Groups[1].Success ? m.Groups[1].Value : m.Groups[2].Value) ?? "");

    private static string? OfHome(string? path) =>
        path?.StartsWith("~/", StringComparison.Ordinal) == true ? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), path[2..]) : path;

    private static ImmutableDictionary<string, string> Options(Uri uri, string text)
    {
        var options = ImmutableDictionary<string, string>.Empty;
        foreach (var part in uri.Query.TrimStart('?').Split('&', StringSplitOptions.RemoveEmptyEntries))
        {
            var (key, value) = part.Split('=', 2) is [var k, var v] ? (k, Uri.UnescapeDataString(v)) : (part, "");
            options = key is "keyfile" or "knownhosts" or "no_verify" or "sshauth" or "socket"
                ? options.SetItem(key, value)
                : throw new ProviderException($"The libvirt URI '{text}' (uri) has the parameter '{key}'; for SSH there are keyfile, knownhosts, no_verify, sshauth and socket.");
        }
        return options;
    }

    private static string InSshDirectory(string name) => Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".ssh", name);

    // The only one that the official provider takes by itself.
    private static string? DefaultKey() => InSshDirectory("id_rsa") is var key && File.Exists(key) ? key : null;

    private static string ReadKey(string path)
    {
        try
        {
            return File.ReadAllText(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ProviderException($"The private key '{path}' (keyfile in the libvirt URI) cannot be read: {e.Message}", e);
        }
    }

    [GeneratedRegex(@"\$(?:\{(\w+)\}|([A-Za-z_]\w*))")]
    private static partial Regex Variable();
}
