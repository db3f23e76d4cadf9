using System.Text;
using PassthroughInfra.Component.Facts;
using PassthroughInfra.Component.Planning;
using PassthroughInfra.Component.Spec;

namespace PassthroughInfra.Component.Probe;

/// <summary>What one attempt to read a host came to.</summary>
/// <param name="Facts">The facts; null where the host could not be read.</param>
/// <param name="Failure">Why not: what ssh said; empty where it was read.</param>
public sealed record Reading(HostFacts? Facts, string Failure)
{
    /// <summary>Whether it is this machine that could read no host at all, whatever the host is like.</summary>
    public bool FailedHere { get; init; }

    /// <summary>What this machine has of what Pulumi's providers need; null where that was not looked at.</summary>
    public OperatorFacts? Operator { get; init; }
}

/// <summary>
/// What connect.sh and probe.sh are started with, and how their answer is read: the one way both the component (through an invoke) and
/// <see cref="HostReader"/> (without Pulumi) read a host.
/// </summary>
internal static class ProbeRequest
{
    /// <summary>The probe's first argument where it has to become root.</summary>
    public const string Sudo = "sudo";

    /// <summary>The probe: one script, made of its parts; the one for root lies within the other as text.</summary>
    public static string Script { get; } =
        Joined("probe.sh", "probe-rows.sh", "probe-system.sh", "probe-devices.sh", "probe-storage.sh", "probe-network.sh", "probe-main.sh")
            .Replace("@ROOT@", Joined("probe.sh", "probe-rows.sh", "probe-boot.sh", "probe-loader.sh", "probe-by-hand.sh", "probe-ports.sh", "probe-files.sh", "probe-guest.sh", "probe-root.sh"), StringComparison.Ordinal);

    /// <summary>The command that runs on the host: a shell, which gets the probe on its stdin, and what it is asked with it.</summary>
    public const string Command = "sh -s";

    /// <summary>The probe with its arguments.</summary>
    /// <param name="spec">The login, where anyone but root goes through sudo for what only root can read; and which packages and files are of interest.</param>
    public static string Input(MachineSpec spec) =>
        $"set -- {(spec.Connection.User == "root" ? "''" : Sudo)} \"${{SSH_CONNECTION:-}}\" {string.Join(' ', Arguments(spec).Select(Shell.Quote))}\n{Script}";

    /// <summary>The probe's arguments after the SSH connection: packages, <c>--</c>, paths; with guests <c>--</c>, their names in one word, their media.</summary>
    public static IEnumerable<string> Arguments(MachineSpec spec) =>
        ConcernList.Wanted(spec).SelectMany(c => c.Packages(spec)).Distinct().Order(StringComparer.Ordinal)
            .Append("--")
            .Concat(ConcernList.Wanted(spec).SelectMany(c => c.Paths(spec)).Distinct())
            .Concat(spec.Guests.Count > 0 ? ["--", string.Join(' ', spec.Guests.Select(g => g.Name)), .. ConcernList.Wanted(spec).SelectMany(c => c.Media(spec)).Distinct()] : []);

    /// <summary>The environment variables of connect.sh for one endpoint.</summary>
    /// <typeparam name="T">What a value is: a text, or an engine's input.</typeparam>
    /// <param name="prefix"><c>PH_</c> for the host, <c>PH_PROXY_</c> for a bastion.</param>
    /// <param name="spec">The endpoint.</param>
    /// <param name="host">Its name or address.</param>
    /// <param name="hostKey">The pinned public key; null where any is accepted.</param>
    /// <param name="privateKey">The private key; null where there is none.</param>
    /// <param name="plain">Makes a value of a text.</param>
    /// <param name="secret">Makes a value of a secret.</param>
    public static IEnumerable<(string Name, T Value)> Variables<T>(
        string prefix, EndpointSpec spec, T host, string? hostKey, T? privateKey, Func<string, T> plain, Func<string, T> secret)
        where T : class
    {
        yield return (prefix + "HOST", host);
        yield return (prefix + "PORT", plain($"{spec.Port}"));
        yield return (prefix + "USER", plain(spec.User));
        yield return (prefix + "HOST_KEY", plain(hostKey ?? ""));
        if (privateKey is not null)
        {
            yield return (prefix + "KEY", privateKey);
        }

        if (spec.PrivateKeyPassword is { } passphrase)
        {
            yield return (prefix + "KEY_PASSWORD", secret(passphrase));
        }

        if (spec.Password is { } password)
        {
            yield return (prefix + "PASSWORD", secret(password));
        }
    }

    /// <summary>Reads what connect.sh printed: the probe's output, and the line on ssh that ends it.</summary>
    /// <exception cref="ProbeException">It is not connect.sh's output, or the probe's was cut short.</exception>
    public static Reading Understand(string output)
    {
        var (text, code, said, here) = Ending(output);
        var reading = code == "0" ? new Reading(ProbeParser.Parse(text), "") : new(null, said) { FailedHere = code == "here" };
        return here is [var xsltproc, var keys, var config, .. var rest] ? reading with { Operator = OperatorFacts.Read(xsltproc, keys, Text(config), rest.FirstOrDefault("")) } : reading;
    }

    /// <summary>What connect.sh printed: the command's own output, ssh's exit code, what there was to say where that is not 0, and what this machine has.</summary>
    /// <exception cref="ProbeException">It is not connect.sh's output.</exception>
    public static (string Text, string Code, string Said, string[] Here) Ending(string output)
    {
        // connect.sh ends with a line of its own: the exit code of ssh, what it said, and what this machine has.
        const string mark = "\nssh\t";
        var at = ("\n" + output).LastIndexOf(mark, StringComparison.Ordinal);
        var ending = at < 0 ? [] : output[(at + mark.Length - 1)..].TrimEnd('\n').Split('\t');
        if (ending is not [var code, var said, .. var here])
        {
            throw new ProbeException("what reads a host did not run to its end on this machine: it needs /bin/sh, mktemp, base64, grep and the OpenSSH client");
        }

        var message = Text(said);
        return (output[..Math.Max(at, 0)], code, message.Length > 0 ? message : $"ssh exited with {code}", here);
    }

    private static string Text(string base64) => Encoding.UTF8.GetString(Convert.FromBase64String(base64)).Trim();

    private static string Joined(params IEnumerable<string> parts) => string.Join('\n', parts.Select(HostScript.Resource));
}
