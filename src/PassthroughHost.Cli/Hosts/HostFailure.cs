using PassthroughInfra.Component.Facts;
using PassthroughInfra.Component.Probe;
using PassthroughInfra.Component.Spec;

namespace PassthroughInfra.Cli.Hosts;

/// <summary>What to do about a machine that cannot be read, by what ssh said.</summary>
internal static class HostFailure
{
    /// <summary>The failure with a remedy.</summary>
    public static string Explain(string source, Reading reading, ConnectionSpec? connection)
    {
        if (reading.FailedHere)
        {
            return $"This machine cannot read {source}: {reading.Failure}";
        }

        var remedy = Remedy(reading.Failure, connection);
        return $"{source} could not be read: {reading.Failure}{(remedy.Length > 0 ? "\n" + remedy : "")}";
    }

    private static string Remedy(string failure, ConnectionSpec? connection)
    {
        bool Says(string text) => failure.Contains(text, StringComparison.OrdinalIgnoreCase);
        var target = connection is null ? "" : $"{(connection.Proxy is { } proxy ? $"-J {proxy.User}@{proxy.Host}:{proxy.Port} " : "")}{(connection.Port == 22 ? "" : $"-p {connection.Port} ")}{connection.User}@{connection.Host}";
        return Says("permission denied") ? $"No key was accepted. Name one with --identity-file FILE (or privateKeyFile in the stack), or add it to the agent (ssh-add); try: ssh {target}"
            : Says("a password is required") || Says("sudo:") && Says("password") ? $"The login is no root. Allow it sudo without a password, on the machine: echo '{connection?.User} ALL=(ALL) NOPASSWD: ALL' | sudo tee /etc/sudoers.d/{connection?.User}"
            : Says("sudo: not found") || Says("sudo: command not found") ? "There is no sudo on the machine: log in as root, or install it."
            : Says("could not resolve") ? "The name is not known here: see whether it is right, or give an address."
            : Says("connection refused") ? "The machine answers, but no SSH server does at that port: see whether it is right and sshd runs there."
            : Says("timed out") || Says("no route") || Says("unreachable") ? "Nothing answers: see whether the machine is up, and whether a firewall or a VPN is in the way."
            : "";
    }
}
