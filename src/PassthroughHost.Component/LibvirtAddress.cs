using PassthroughInfra.Component.Spec;

namespace PassthroughInfra.Component;

/// <summary>
/// The host's libvirt for Pulumi's libvirt provider, which dials by itself: the same host, key and pinned host key as everything else. Source:
/// terraform-provider-libvirt 0.8, <c>libvirt/uri/ssh.go</c>: the parameters <c>keyfile</c>, <c>knownhosts</c>, <c>no_verify</c> and <c>sshauth</c>.
/// </summary>
internal static class LibvirtAddress
{
    /// <summary>The environment variable by which an engine tells the program who it is.</summary>
    public const string EngineVariable = "PASSTHROUGH_ENGINE";

    private const string Remedy = "write managedBy: command for the guest: its definition then goes over the commands' own connection";

    /// <summary>What the provider cannot do with this connection.</summary>
    /// <param name="spec">How the machine is reached.</param>
    /// <param name="embeddedEngine">Whether the embedded engine runs, which goes through OpenSSH and can use any port.</param>
    public static IEnumerable<SpecError> Problems(ConnectionSpec spec, bool embeddedEngine)
    {
        if (spec.Port != 22 && !embeddedEngine)
        {
            yield return new("machine.connection.port", $"{spec.Port} is not 22, and Pulumi's libvirt provider reaches no other", $"{Remedy}, or let sshd listen on 22 as well");
        }

        if (spec.Proxy is not null)
        {
            yield return new("machine.connection.proxy", "Pulumi's libvirt provider goes through no bastion", Remedy);
        }

        if (spec.Password is not null)
        {
            yield return new("machine.connection.password", "Pulumi's libvirt provider would have it in its URI, in plain text", $"use a key or the SSH agent, or {Remedy}");
        }

        if (spec.PrivateKey is not null)
        {
            yield return new("machine.connection.privateKey", "Pulumi's libvirt provider takes a key from a file or from the SSH agent alone", $"name it with privateKeyFile, load it into the agent, or {Remedy}");
        }
        else if (spec.PrivateKeyPassword is not null)
        {
            yield return new("machine.connection.privateKeyPassword", "Pulumi's libvirt provider cannot open an encrypted key", $"load it into the SSH agent (ssh-add) and leave privateKeyFile out, or {Remedy}");
        }
    }

    /// <summary>The URI of the host's libvirt as people and other tools write it.</summary>
    /// <param name="spec">How the machine is reached.</param>
    /// <param name="host">Its name or address.</param>
    public static string Plain(ConnectionSpec spec, string host) => $"qemu+ssh://{Uri.EscapeDataString(spec.User)}@{Bracketed(host)}{(spec.Port == 22 ? "" : $":{spec.Port}")}/system";

    /// <summary>
    /// The same with what the provider needs to log in; nothing secret is in it, and nothing of the operator's machine: it is kept in the state, and two
    /// operators with one state must see the same preview.
    /// </summary>
    /// <param name="spec">How the machine is reached.</param>
    /// <param name="host">Its name or address.</param>
    /// <param name="hostKey">Its pinned public key; null where any is accepted.</param>
    /// <param name="root">The directory of Pulumi.yaml.</param>
    /// <exception cref="SpecException">A file that the provider needs cannot be put below the home directory.</exception>
    public static string ForProvider(ConnectionSpec spec, string host, string? hostKey, string root)
    {
        var parameters = new List<string>();
        if (spec.PrivateKeyFile is { } file)
        {
            parameters.Add("sshauth=privkey");
            parameters.Add($"keyfile={Uri.EscapeDataString(OperatorFiles.Key(file, root))}");
        }

        parameters.Add(hostKey is null ? "no_verify=1" : $"knownhosts={Uri.EscapeDataString(OperatorFiles.KnownHosts(host, spec.Port, hostKey))}");
        return $"{Plain(spec, host)}?{string.Join('&', parameters)}";
    }

    private static string Bracketed(string host) => host.Contains(':', StringComparison.Ordinal) ? $"[{host}]" : host;
}
