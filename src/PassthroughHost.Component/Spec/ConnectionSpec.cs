using System.ComponentModel;

namespace PassthroughInfra.Component.Spec;

/// <summary>How a machine, or a bastion on the way to it, is reached over SSH.</summary>
public record EndpointSpec
{
    /// <summary>Host name or IP address.</summary>
    [Description("Host name or IP address.")]
    public required string Host { get; init; }

    /// <summary>SSH port.</summary>
    [Description("SSH port.")]
    public int Port { get; init; } = 22;

    /// <summary>Login name: root, or a user with passwordless sudo.</summary>
    [Description("Login name: root, or a user with passwordless sudo.")]
    public string User { get; init; } = "root";

    /// <summary>
    /// The host's public key in authorized_keys format (<c>ssh-ed25519 AAAA…</c>, as <c>ssh-keyscan</c> prints it after the name), or
    /// <see cref="ConnectionSpec.AcceptAnyHostKey"/>.
    /// </summary>
    [Description("The host's public key, \"ssh-ed25519 AAAA…\" (ssh-keyscan, compared with the host's own), or insecure-accept-any.")]
    public string? HostKey { get; init; }

    /// <summary>A file that holds the host's public key, instead of <see cref="HostKey"/>; relative to Pulumi.yaml.</summary>
    [Description("A file that holds the host's public key, instead of hostKey; relative to Pulumi.yaml.")]
    public string? HostKeyFile { get; init; }

    /// <summary>The private key itself: a secret (<c>secure:</c>). Without any key the SSH agent is asked.</summary>
    [Description("The private key itself, as a secret (secure:). Without a key or password the SSH agent is asked.")]
    [SpecSecret]
    public string? PrivateKey { get; init; }

    /// <summary>A file that holds the private key, instead of <see cref="PrivateKey"/>; relative to Pulumi.yaml.</summary>
    [Description("A file that holds the private key, instead of privateKey; relative to Pulumi.yaml.")]
    public string? PrivateKeyFile { get; init; }

    /// <summary>The passphrase of the private key: a secret.</summary>
    [Description("The passphrase of the private key, as a secret.")]
    [SpecSecret]
    public string? PrivateKeyPassword { get; init; }

    /// <summary>The login password, where no key is to be had: a secret.</summary>
    [Description("The login password, as a secret, where no key is to be had.")]
    [SpecSecret]
    public string? Password { get; init; }
}

/// <summary>How the machine is reached over SSH.</summary>
public sealed record ConnectionSpec : EndpointSpec
{
    /// <summary>The host key that means: accept any. It warns at every preview and update.</summary>
    public const string AcceptAnyHostKey = "insecure-accept-any";

    /// <summary>A bastion (jump host) on the way.</summary>
    [Description("A bastion (jump host) on the way.")]
    public EndpointSpec? Proxy { get; init; }
}
