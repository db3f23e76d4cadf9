namespace Pulumi.Command.Remote.Inputs;

/// <summary>How a machine is reached that connections go through.</summary>
public sealed class ProxyConnectionArgs : ResourceArgs
{
    public ProxyConnectionArgs()
    {
        DialErrorLimit = 10;
        PerDialTimeout = 15;
        Port = 22;
        User = "root";
    }

    public static new ProxyConnectionArgs Empty => new();

    /// <summary>The socket of an SSH agent; by default the one in <c>SSH_AUTH_SOCK</c>.</summary>
    [Input("agentSocketPath")]
    public Input<string>? AgentSocketPath { get; set; }

    /// <summary>How many failed attempts to connect are borne: by default 10; -1 is no limit.</summary>
    [Input("dialErrorLimit")]
    public Input<int>? DialErrorLimit { get; set; }

    /// <summary>The name or address of the machine.</summary>
    [Input("host", required: true)]
    public Input<string> Host { get; set; } = null!;

    /// <summary>The public key the machine must show, as in an <c>authorized_keys</c> file. Unset, any key is taken.</summary>
    [Input("hostKey")]
    public Input<string>? HostKey { get; set; }

    [Input("password")]
    public Input<string>? Password { get; set; }

    /// <summary>Seconds for one attempt to connect: by default 15; 0 is no limit.</summary>
    [Input("perDialTimeout")]
    public Input<int>? PerDialTimeout { get; set; }

    /// <summary>By default 22.</summary>
    [Input("port")]
    public Input<double>? Port { get; set; }

    /// <summary>The text of an SSH key; goes before a password.</summary>
    [Input("privateKey")]
    public Input<string>? PrivateKey { get; set; }

    /// <summary>The passphrase of <see cref="PrivateKey"/>.</summary>
    [Input("privateKeyPassword")]
    public Input<string>? PrivateKeyPassword { get; set; }

    /// <summary>By default <c>root</c>.</summary>
    [Input("user")]
    public Input<string>? User { get; set; }
}
