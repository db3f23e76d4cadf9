namespace PassthroughInfra.Engine.Ssh;

/// <summary>
/// Where to connect by SSH, as whom, and with what; the fields, defaults and their meaning are those of the Pulumi command provider's
/// connection.
/// </summary>
public sealed record SshTarget
{
    /// <summary>The number of failed dials after which the provider gives up, where none is given.</summary>
    public const int DefaultDialErrorLimit = 10;

    /// <summary>Name or address of the host.</summary>
    public required string Host { get; init; }

    /// <summary>The user to log in as; default <c>root</c>.</summary>
    public string User { get; init; } = "root";

    /// <summary>TCP port; default 22.</summary>
    public int Port { get; init; } = 22;

    /// <summary>Password, also for keyboard-interactive questions; null to use none.</summary>
    public string? Password { get; init; }

    /// <summary>Private key in PEM; null to use the agent.</summary>
    public string? PrivateKey { get; init; }

    /// <summary>The passphrase of <see cref="PrivateKey"/>.</summary>
    public string? PrivateKeyPassword { get; init; }

    /// <summary>Socket of the agent; null is <c>$SSH_AUTH_SOCK</c>. Its keys are not used where there is a private key.</summary>
    public string? AgentSocketPath { get; init; }

    /// <summary>
    /// Whether an agent that is named, by <c>$SSH_AUTH_SOCK</c> too, has to answer though there is a private key: the Pulumi command provider dials it whatever
    /// else there is, and fails if it cannot.
    /// </summary>
    internal bool AgentMustAnswer { get; init; }

    /// <summary>The key the host must show. Null looks into <see cref="KnownHostsPath"/>, or checks nothing where that is null too.</summary>
    public HostKey? HostKey { get; init; }

    /// <summary>A file of known hosts (sshd(8)) that must hold the host's key, where no single key is given. Null checks nothing.</summary>
    public string? KnownHostsPath { get; init; }

    /// <summary>The host key algorithms to offer where no single key is given, the preferred one first; null leaves it to ssh.</summary>
    internal string? HostKeyAlgorithms { get; init; }

    /// <summary>How many dials may fail before one more failure is an error; below 0 there is no limit. Default 10.</summary>
    public int DialErrorLimit { get; init; } = DefaultDialErrorLimit;

    /// <summary>How long one dial may take until the keys are exchanged; zero is no limit. Default 15 s.</summary>
    public TimeSpan PerDialTimeout { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>A host to connect through; null connects directly.</summary>
    public SshTarget? Proxy { get; init; }

    /// <summary>
    /// Whether this is waiting for a host to come (back), which is what a limit above the usual one is for. Such a command is never run
    /// on a connection that was there before: after "reboot in a moment" that would be the machine that is about to go down.
    /// </summary>
    internal bool AwaitsHost => DialErrorLimit is < 0 or > DefaultDialErrorLimit;

    /// <summary>What makes two targets the same connection: all but how patiently it is dialled.</summary>
    internal SshTarget Identity => this with { DialErrorLimit = DefaultDialErrorLimit, PerDialTimeout = TimeSpan.Zero, Proxy = Proxy?.Identity };

    /// <summary>The target for a person; holds no secret.</summary>
    public override string ToString() => $"{User}@{Host}:{Port}";
}
