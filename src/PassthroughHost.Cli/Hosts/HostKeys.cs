using System.ComponentModel;
using System.Diagnostics;
using System.Security.Cryptography;
using PassthroughInfra.Engine;

namespace PassthroughInfra.Cli.Hosts;

/// <summary>A host's public key.</summary>
/// <param name="Type">Its type: <c>ssh-ed25519</c>.</param>
/// <param name="Blob">The key itself, in base64.</param>
internal sealed record HostKey(string Type, string Blob)
{
    /// <summary>Its fingerprint as <c>ssh-keygen -l</c> shows it.</summary>
    public string Fingerprint => "SHA256:" + Convert.ToBase64String(SHA256.HashData(Convert.FromBase64String(Blob))).TrimEnd('=');

    /// <summary>Reads a key from <c>type blob [comment]</c>; null where the text is none.</summary>
    public static HostKey? Read(string text)
    {
        var words = text.Trim().Split(' ', StringSplitOptions.RemoveEmptyEntries);
        return words.Length >= 2 && (words[0].StartsWith("ssh-", StringComparison.Ordinal) || words[0].StartsWith("ecdsa-", StringComparison.Ordinal) || words[0].StartsWith("sk-", StringComparison.Ordinal))
            && Convert.TryFromBase64String(words[1], new byte[words[1].Length], out var length) && length > 30
            ? new(words[0], words[1])
            : null;
    }

    /// <summary>As it stands in a stack file.</summary>
    public override string ToString() => $"{Type} {Blob}";
}

/// <summary>Host keys the operator's SSH client knows, and those a host shows. Source: ssh-keygen(1) <c>-F</c>, ssh-keyscan(1), sshd(8).</summary>
internal static class HostKeys
{
    // The first of these that a host has.
    private static readonly string[] Preference = ["ssh-ed25519", "ecdsa-sha2-nistp256", "ecdsa-sha2-nistp384", "ecdsa-sha2-nistp521", "ssh-rsa"];

    /// <summary>The key known_hosts has for the machine; null where it has none.</summary>
    public static async Task<HostKey?> KnownAsync(HostAddress address, CancellationToken stopping)
    {
        var home = Environment.GetFolderPath(Environment.SpecialFolder.UserProfile);
        var found = new List<HostKey>();
        foreach (var file in (string[])[Path.Combine(home, ".ssh", "known_hosts"), Path.Combine(home, ".ssh", "known_hosts2"), "/etc/ssh/ssh_known_hosts"])
        {
            if (File.Exists(file))
                found.AddRange(Parse(await RunAsync("ssh-keygen", ["-F", address.KnownName, "-f", file], stopping)));
        }
        return Best(found);
    }

    /// <summary>The key the machine shows; anybody who answers at that address can show one, so it is to be compared.</summary>
    /// <exception cref="EngineException">Nothing answers there, or it is no SSH server.</exception>
    public static async Task<HostKey> ScanAsync(HostAddress address, CancellationToken stopping) =>
        Best(Parse(await RunAsync("ssh-keyscan", ["-T", "15", "-p", $"{address.Port}", "-t", "ed25519,ecdsa,rsa", "--", address.Host], stopping)))
        ?? throw new EngineException(
            $"{address} shows no SSH host key: nothing answers at {address.Host}, port {address.Port}, or it is no SSH server.\n"
            + "See whether the machine is up, the name and port are right, and sshd runs there (systemctl status ssh).");

    /// <summary>The keys in lines of known_hosts or ssh-keyscan: names, type, key. Marked lines (revoked, certificate authority) are no host keys.</summary>
    internal static IEnumerable<HostKey> Parse(string lines) => lines.Split('\n')
        .Where(l => l.Length > 0 && l[0] is not ('#' or '@'))
        .Select(l => l.IndexOf(' ', StringComparison.Ordinal) is var at and > 0 ? HostKey.Read(l[(at + 1)..]) : null)
        .OfType<HostKey>();

    private static HostKey? Best(IEnumerable<HostKey> keys) =>
        keys.Where(k => Preference.Contains(k.Type)).OrderBy(k => Array.IndexOf(Preference, k.Type)).FirstOrDefault();

    private static async Task<string> RunAsync(string program, string[] arguments, CancellationToken stopping)
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true })!;
            process.StandardInput.Close();
            var error = process.StandardError.ReadToEndAsync(stopping);
            var output = await process.StandardOutput.ReadToEndAsync(stopping);
            await process.WaitForExitAsync(stopping);
            await error;
            return output;
        }
        catch (Win32Exception problem)
        {
            throw new EngineException($"{program} is not on this machine; install the OpenSSH client (apt-get install openssh-client).", problem);
        }
    }
}
