using PassthroughInfra.Component.Probe;
using PassthroughInfra.Component.Spec;
using Pulumi;
using Pulumi.Command.Remote.Inputs;

namespace PassthroughInfra.Component;

/// <summary>A spec's endpoint with its files read: what an SSH client needs.</summary>
internal sealed class Endpoint
{
    private Endpoint(EndpointSpec spec, Input<string> host, string? hostKey, Input<string>? privateKey)
    {
        Spec = spec;
        Host = host;
        HostKey = hostKey;
        PrivateKey = privateKey;
    }

    /// <summary>What was declared.</summary>
    public EndpointSpec Spec { get; }

    /// <summary>Name or address.</summary>
    public Input<string> Host { get; }

    /// <summary>The pinned public key; null where any is accepted.</summary>
    public string? HostKey { get; }

    /// <summary>The private key, a secret; null where the agent or a password serves.</summary>
    public Input<string>? PrivateKey { get; }

    /// <summary>Reads the files an endpoint names.</summary>
    /// <exception cref="SpecException">A file is missing or cannot be read.</exception>
    public static Endpoint Read(EndpointSpec spec, string path, string root, Input<string>? host = null, Input<string>? privateKey = null)
    {
        var files = EndpointFiles.Read(spec, path, root);
        return new(
            spec,
            host ?? spec.Host,
            files.HostKey,
            privateKey ?? Secret(files.PrivateKey));
    }

    /// <summary>The connection of a command.</summary>
    /// <param name="proxy">The bastion, if there is one.</param>
    /// <param name="waits">Whether to dial until the command's own timeout ends it, for a host that reboots.</param>
    public ConnectionArgs ToConnection(Endpoint? proxy, bool waits)
    {
        var connection = new ConnectionArgs
        {
            Host = Host,
            Port = Spec.Port,
            User = Spec.User,
            DialErrorLimit = waits ? -1 : 10,
        };
        if (HostKey is not null)
        {
            connection.HostKey = HostKey;
        }

        if (PrivateKey is not null)
        {
            connection.PrivateKey = PrivateKey;
        }

        if (Spec.PrivateKeyPassword is { } passphrase)
        {
            connection.PrivateKeyPassword = Output.CreateSecret(passphrase);
        }

        if (Spec.Password is { } password)
        {
            connection.Password = Output.CreateSecret(password);
        }

        if (proxy is not null)
        {
            connection.Proxy = proxy.ToProxy();
        }

        return connection;
    }

    /// <summary>The login of what reads the host.</summary>
    public SshLogin<Input<string>> ToLogin() => new(Host, Spec.Port, Spec.User, HostKey)
    {
        PrivateKey = PrivateKey,
        PrivateKeyPassword = Secret(Spec.PrivateKeyPassword),
        Password = Secret(Spec.Password),
    };

    private static Input<string>? Secret(string? text) => text is null ? null : (Input<string>)Output.CreateSecret(text);

    private ProxyConnectionArgs ToProxy()
    {
        var proxy = new ProxyConnectionArgs { Host = Host, Port = Spec.Port, User = Spec.User };
        if (HostKey is not null)
        {
            proxy.HostKey = HostKey;
        }

        if (PrivateKey is not null)
        {
            proxy.PrivateKey = PrivateKey;
        }

        if (Spec.PrivateKeyPassword is { } passphrase)
        {
            proxy.PrivateKeyPassword = Output.CreateSecret(passphrase);
        }

        if (Spec.Password is { } password)
        {
            proxy.Password = Output.CreateSecret(password);
        }

        return proxy;
    }
}
