using System.Text;
using PassthroughInfra.Component.Facts;

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

    /// <summary>Reads what connect.sh printed: the probe's output, and the line on ssh that ends it.</summary>
    /// <exception cref="ProbeException">It is not connect.sh's output, or the probe's was cut short.</exception>
    internal static Reading Understand(string output)
    {
        var (text, code, said, here) = Ending(output);
        var reading = code == "0" ? new Reading(ProbeParser.Parse(text), "") : new(null, said) { FailedHere = code == "here" };
        return here is [var xsltproc, var keys, var config, .. var rest] ? reading with { Operator = OperatorFacts.Read(xsltproc, keys, Text(config), rest.FirstOrDefault("")) } : reading;
    }

    /// <summary>What connect.sh printed: the command's own output, ssh's exit code, what there was to say where that is not 0, and what this machine has.</summary>
    /// <exception cref="ProbeException">It is not connect.sh's output.</exception>
    internal static (string Text, string Code, string Said, string[] Here) Ending(string output)
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
        return (output[..Math.Max(at, 0)], code, message.Length > 0 ? message : Silent(code), here);
    }

    // What ssh says of a peer that has fallen silent it says at a level that is not asked for. Source: ssh_config(5), ServerAliveCountMax; ssh(1), EXIT STATUS.
    private static string Silent(string code) =>
        code == "255" ? "the connection was lost: the host has not answered for a minute, or it was shut down (ssh exited with 255)" : $"ssh exited with {code}";

    private static string Text(string base64) => Encoding.UTF8.GetString(Convert.FromBase64String(base64)).Trim();
}
