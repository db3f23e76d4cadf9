using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace PassthroughInfra.Engine.Ssh;

/// <summary>The public key a host must show, as an authorized_keys line writes it: <c>ssh-ed25519 AAAA… comment</c> (sshd(8)).</summary>
public sealed record HostKey
{
    private HostKey(string type, string blob)
    {
        Type = type;
        Blob = blob;
    }

    /// <summary>The key's type, such as <c>ssh-ed25519</c>.</summary>
    public string Type { get; }

    /// <summary>The key in base64.</summary>
    public string Blob { get; }

    /// <summary>The key as ssh shows it: <c>SHA256:</c> and the digest in base64 without padding.</summary>
    public string Fingerprint => "SHA256:" + Convert.ToBase64String(SHA256.HashData(Convert.FromBase64String(Blob))).TrimEnd('=');

    /// <summary>
    /// The signature algorithm by which the key is asked for: the one that has its type's name, as the Pulumi command provider has it. For an RSA key that is
    /// the one with SHA-1 alone, which sshd refuses since OpenSSH 8.8; those with SHA-2 have other names (RFC 8332).
    /// </summary>
    internal string Algorithm => Type;

    /// <summary>Whether it is an RSA key.</summary>
    internal bool IsRsa => Type == "ssh-rsa";

    /// <summary>Reads a line of authorized_keys; options before the key and a comment after it are passed over.</summary>
    /// <exception cref="FormatException">There is no key in it.</exception>
    public static HostKey Parse(string line)
    {
        var words = line.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
        for (var i = 0; i + 1 < words.Length; i++)
        {
            if (TypeWithin(words[i + 1]) is { } type && type == words[i])
                return new(type, words[i + 1]);
        }
        throw new FormatException(
            $"'{Shortened(line)}' is no host key; expected the form 'ssh-ed25519 AAAA…', as `ssh-keyscan` and /etc/ssh/ssh_host_*_key.pub have it (without the host's name).");
    }

    public override string ToString() => $"{Type} {Fingerprint}";

    /// <summary>The line that makes ssh trust this key, and no other, for a host.</summary>
    internal string KnownHostsLine(string host, int port) => $"{(port == 22 ? host : $"[{host}]:{port}")} {Type} {Blob}\n";

    /// <summary>The type that a key's own bytes begin with (RFC 4253, 6.6); null where they are no key.</summary>
    private static string? TypeWithin(string base64)
    {
        var bytes = new byte[base64.Length];
        if (!Convert.TryFromBase64String(base64, bytes, out var length) || length < 8)
            return null;
        var typeLength = BinaryPrimitives.ReadUInt32BigEndian(bytes);
        return typeLength is > 0 and < 64 && 4 + typeLength < length ? Encoding.ASCII.GetString(bytes, 4, (int)typeLength) : null;
    }

    private static string Shortened(string text) => text.Length <= 60 ? text : text[..57] + "…";
}
