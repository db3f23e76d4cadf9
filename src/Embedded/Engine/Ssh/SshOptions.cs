using System.Collections.Immutable;
using System.Globalization;
using PassthroughInfra.Engine.Processes;

namespace PassthroughInfra.Engine.Ssh;

/// <summary>The command lines of ssh(1). They hold no secret: everyone on the machine can read them.</summary>
internal static class SshOptions
{
    /// <summary>How often a silent host is asked for a sign of life.</summary>
    public const int AliveIntervalSeconds = 15;

    /// <summary>
    /// How many such questions may stay unanswered: a vanished host is noticed within a minute, and one that is merely busy (an emulated
    /// one stalls for tens of seconds) is not given up.
    /// </summary>
    public const int AliveCountMax = 4;

    /// <summary>A master connection: it logs in, says so on its standard output, and serves sessions on its socket.</summary>
    public static ImmutableArray<string> Master(SshTarget target, SshCredentials credentials, string socket, string? knownHosts, string? proxyCommand) =>
    [
        .. Common(socket), "-N", "-M", "-p", Number(target.Port), "-l", target.User,
        .. Options(
        [
            "ControlPersist=no",
            "PermitLocalCommand=yes",
            "LocalCommand=echo ready",
            // A master passes on what its own SendEnv allows of what a session sends; each session's SendEnv says what that is.
            "SendEnv=*",
            // At ERROR ssh says nothing where there is no common host key type.
            "LogLevel=INFO",
            "ConnectionAttempts=1",
            $"ServerAliveInterval={Number(AliveIntervalSeconds)}",
            $"ServerAliveCountMax={Number(AliveCountMax)}",
            .. target.PerDialTimeout > TimeSpan.Zero ? [$"ConnectTimeout={Number(Math.Max(1, (int)Math.Ceiling(target.PerDialTimeout.TotalSeconds)))}"] : NoOptions,
            .. HostKeyOptions(target, knownHosts),
            .. credentials.Options,
            .. proxyCommand is null ? NoOptions : [$"ProxyCommand={proxyCommand.Replace("%", "%%", StringComparison.Ordinal)}"],
        ]),
        "--", target.Host,
    ];

    /// <summary>The shell command by which another connection goes through a master.</summary>
    public static string Through(SshTarget proxy, string socket, SshTarget target) => PosixShell.Quote(
    [
        "ssh", .. Common(socket), .. Options(["ControlMaster=no", "ProxyCommand=/bin/false", "BatchMode=yes", "LogLevel=ERROR"]),
        "-W", $"[{target.Host}]:{Number(target.Port)}", "--", proxy.Host,
    ]);

    private static ImmutableArray<string> NoOptions => [];

    // -F none: neither the user's nor the machine's ssh_config counts, as they do not in the Pulumi command provider.
    private static ImmutableArray<string> Common(string socket) => ["-F", "none", "-T", "-x", "-a", "-S", socket];

    private static ImmutableArray<string> HostKeyOptions(SshTarget target, string? knownHosts) =>
    [
        "GlobalKnownHostsFile=/dev/null", $"UserKnownHostsFile={knownHosts ?? "/dev/null"}", "UpdateHostKeys=no", "CheckHostIP=no", "VerifyHostKeyDNS=no",
        $"StrictHostKeyChecking={(knownHosts is null ? "no" : "yes")}",
        .. (target.HostKey?.Algorithm ?? target.HostKeyAlgorithms) is { } algorithms ? [$"HostKeyAlgorithms={algorithms}"] : NoOptions,
    ];

    private static IEnumerable<string> Options(IEnumerable<string> options) => options.SelectMany(o => new[] { "-o", o });

    private static string Number(int value) => value.ToString(CultureInfo.InvariantCulture);
}
