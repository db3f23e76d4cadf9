using System.CommandLine;

namespace PassthroughInfra.Cli.Hosts;

/// <summary>The options that say which machine is meant, and how it is recognised.</summary>
internal sealed class HostOptions
{
    public Option<string?> Host { get; } = new("--host") { Description = "A machine to read over SSH: [user@]name[:port]. Default user: root." };

    public Option<bool> Local { get; } = new("--local") { Description = "Read this machine itself." };

    public Option<string?> Facts { get; } = new("--facts") { Description = "Read a recorded probe (doctor --save) instead of a machine." };

    public Option<string?> IdentityFile { get; } = new("--identity-file", "-i") { Description = "The private key to log in with. Default: the SSH agent, and the keys in ~/.ssh." };

    public Option<string?> HostKey { get; } = new("--host-key") { Description = "The machine's public host key, \"ssh-ed25519 AAAA…\". Default: the one in known_hosts; else it is shown and asked about." };

    public Option<string?> HostKeyFile { get; } = new("--host-key-file") { Description = "A file with the machine's public host key." };

    public Option<bool> AcceptNewHostKey { get; } = new("--accept-new-host-key") { Description = "Trust the key the machine shows if known_hosts has none, and say which it is. Only for networks you trust." };

    public Option<string?> Proxy { get; } = new("--proxy") { Description = "A bastion (jump host) on the way to --host: [user@]name[:port]. --identity-file is for it too." };

    public Option<string?> ProxyHostKey { get; } = new("--proxy-host-key") { Description = "The bastion's public host key, as --host-key." };

    /// <summary>Adds them to a verb.</summary>
    public void AddTo(Command command)
    {
        foreach (var option in (Option[])[Host, Local, Facts, IdentityFile, HostKey, HostKeyFile, AcceptNewHostKey, Proxy, ProxyHostKey])
            command.Options.Add(option);
    }
}
