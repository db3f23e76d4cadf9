using PassthroughInfra.Component.Facts;
using PassthroughInfra.Component.Planning;
using PassthroughInfra.Component.Spec;

namespace PassthroughInfra.Component.Preconditions;

/// <summary>
/// What the operator's machine must have for an update to come to its end. Sources: pulumi-command, <c>remote/connection.go</c> (logs in with a key, a password
/// or the agent's keys, never with a file of ~/.ssh); terraform-provider-libvirt 0.8, <c>libvirt/domain_xslt.go</c> (runs xsltproc) and <c>libvirt/uri/ssh.go</c>
/// (reads ~/.ssh/config: HostName, ProxyJump).
/// </summary>
internal static class OperatorChecks
{
    private const string ByCommand = "write managedBy: command for the guest";

    /// <summary>Everything that is missing.</summary>
    /// <param name="spec">What is declared.</param>
    /// <param name="machine">What the operator's machine has; null where that was not looked at.</param>
    /// <param name="embeddedEngine">Whether the embedded engine runs, whose libvirt provider runs no xsltproc and reads no ~/.ssh/config.</param>
    public static IEnumerable<Finding> Of(MachineSpec spec, OperatorFacts? machine, bool embeddedEngine)
    {
        if (machine is null)
        {
            yield break;
        }

        // Source: pulumi-command, remote/connection.go: a named agent is dialled first, and where that fails there is no connection.
        if (machine.Agent is AgentKeys.Stale)
        {
            yield return new(
                Severity.Error,
                "machine.connection",
                "SSH_AUTH_SOCK of this machine names an SSH agent that does not answer (it has ended, or belongs to an earlier login), and the command provider then logs in nowhere, not even with a key of the spec",
                "unset SSH_AUTH_SOCK where the spec names a key or a password; else start an agent and add the key (eval \"$(ssh-agent)\"; ssh-add). In a terminal kept over logins (tmux, screen), take SSH_AUTH_SOCK of the present login");
        }

        if (machine.Agent is AgentKeys.None or AgentKeys.NoAgent)
        {
            var subject = IsWithoutKey(spec.Connection) || spec.Connection.Proxy is null ? "machine.connection" : "machine.connection.proxy";
            yield return new(
                Severity.Error,
                subject,
                $"it names no key and no password, and {(machine.Agent == AgentKeys.None ? "the SSH agent of this machine holds no key" : "no SSH agent answers on this machine (SSH_AUTH_SOCK)")}",
                "start an agent and add the key (eval \"$(ssh-agent)\"; ssh-add), or name the key's file with privateKeyFile: the engine's connections use no other file of ~/.ssh");
        }

        if (embeddedEngine || spec.Guests.All(g => !g.IsOfProvider))
        {
            yield break;
        }

        if (!machine.HasXsltproc)
        {
            yield return new(
                Severity.Error,
                "machine.guests",
                "this machine has no xsltproc, which Pulumi's libvirt provider runs to make a guest's definition",
                $"install it (Debian and Ubuntu: apt-get install xsltproc; Fedora: dnf install libxslt), or {ByCommand}");
        }

        var host = spec.Connection.Host;
        if (machine.SshHostName.Length > 0 && !string.Equals(machine.SshHostName, host, StringComparison.OrdinalIgnoreCase))
        {
            yield return new(
                Severity.Error,
                "machine.connection.host",
                $"~/.ssh/config of this machine has HostName {machine.SshHostName} for {host}: Pulumi's libvirt provider follows it, and nothing else does, so that it would ask another name for the pinned host key",
                $"write {machine.SshHostName} in the stack file, or take HostName out of ~/.ssh/config, or {ByCommand}");
        }

        if (machine.SshProxyJump.Length > 0)
        {
            yield return new(
                Severity.Error,
                "machine.connection.host",
                $"~/.ssh/config of this machine has ProxyJump {machine.SshProxyJump} for {host}: Pulumi's libvirt provider follows it, and has no pinned host key of that jump host",
                $"take ProxyJump out of ~/.ssh/config for {host}, or {ByCommand}");
        }
    }

    private static bool IsWithoutKey(EndpointSpec endpoint) => endpoint is { PrivateKey: null, PrivateKeyFile: null, Password: null };
}
