using PassthroughInfra.Component.Facts;

namespace PassthroughInfra.Component.Probe;

/// <summary>
/// What a host is asked: what connect.sh and probe.sh are started with. The one way both the component (through an invoke) and <see cref="HostReader"/> (without
/// Pulumi) read a host.
/// </summary>
internal sealed record ProbeRequest
{
    /// <summary>The probe's first argument where it has to become root.</summary>
    public const string Sudo = "sudo";

    /// <summary>The command that runs on the host: a shell, which gets the probe on its stdin, and what it is asked with it.</summary>
    public const string Command = "sh -s";

    /// <summary>The probe: one script, made of its parts; the one for root lies within the other as text.</summary>
    public static string Script { get; } =
        Joined("probe.sh", "probe-rows.sh", "probe-system.sh", "probe-devices.sh", "probe-storage.sh", "probe-network.sh", "probe-main.sh")
            .Replace("@ROOT@", Joined(
                "probe.sh", "probe-rows.sh", "running-guests.sh", "guest-ports.sh", "trial-state.sh", "guest-disks.sh", "kept-guest.sh", "initramfs-makers.sh", "probe-boot.sh",
                "probe-loader.sh", "probe-by-hand.sh", "probe-ports.sh", "probe-files.sh", "probe-guest.sh", "probe-root.sh"), StringComparison.Ordinal);

    /// <summary>The login: anyone but root goes through sudo for what only root can read.</summary>
    public required string User { get; init; }

    /// <summary>Packages whose state is of interest.</summary>
    public required IReadOnlyList<string> Packages { get; init; }

    /// <summary>Files whose content is of interest.</summary>
    public required IReadOnlyList<string> Paths { get; init; }

    /// <summary>The guests' names.</summary>
    public IReadOnlyList<string> Guests { get; init; } = [];

    /// <summary>Disks and ISOs of the guests.</summary>
    public IReadOnlyList<string> Media { get; init; } = [];

    /// <summary>The probe's arguments after the SSH connection: packages, <c>--</c>, paths; with guests <c>--</c>, their names in one word, their media.</summary>
    public IEnumerable<string> Arguments => [.. Packages, "--", .. Paths, .. Guests.Count > 0 ? ["--", string.Join(' ', Guests), .. Media] : Array.Empty<string>()];

    /// <summary>The probe with its arguments.</summary>
    public string Input => $"set -- {(User == "root" ? "''" : Sudo)} \"${{SSH_CONNECTION:-}}\" {string.Join(' ', Arguments.Select(Shell.Quote))}\n{Script}";

    /// <summary>The environment variables of connect.sh for one endpoint.</summary>
    /// <typeparam name="T">What a value is: a text, or an engine's input.</typeparam>
    /// <param name="prefix"><c>PH_</c> for the host, <c>PH_PROXY_</c> for a bastion.</param>
    /// <param name="login">The endpoint.</param>
    /// <param name="plain">Makes a value of a text.</param>
    public static IEnumerable<(string Name, T Value)> Variables<T>(string prefix, SshLogin<T> login, Func<string, T> plain)
        where T : class
    {
        yield return (prefix + "HOST", login.Host);
        yield return (prefix + "PORT", plain($"{login.Port}"));
        yield return (prefix + "USER", plain(login.User));
        yield return (prefix + "HOST_KEY", plain(login.HostKey ?? ""));
        if (login.PrivateKey is { } key)
        {
            yield return (prefix + "KEY", key);
        }

        if (login.PrivateKeyPassword is { } passphrase)
        {
            yield return (prefix + "KEY_PASSWORD", passphrase);
        }

        if (login.Password is { } password)
        {
            yield return (prefix + "PASSWORD", password);
        }
    }

    private static string Joined(params IEnumerable<string> parts) => string.Join('\n', parts.Select(EmbeddedScript.Text));
}

/// <summary>How connect.sh logs in to one endpoint.</summary>
/// <typeparam name="T">What a value is: a text, or an engine's input.</typeparam>
/// <param name="Host">Its name or address.</param>
/// <param name="Port">Its SSH port.</param>
/// <param name="User">The login.</param>
/// <param name="HostKey">The pinned public key; null where any is accepted.</param>
internal sealed record SshLogin<T>(T Host, int Port, string User, string? HostKey)
    where T : class
{
    /// <summary>The private key; null where there is none.</summary>
    public T? PrivateKey { get; init; }

    /// <summary>What opens the private key; null where it is not encrypted.</summary>
    public T? PrivateKeyPassword { get; init; }

    /// <summary>The password; null where there is none.</summary>
    public T? Password { get; init; }
}
