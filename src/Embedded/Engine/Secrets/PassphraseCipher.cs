using System.Security.Cryptography;
using System.Text;

namespace PassthroughInfra.Engine.Secrets;

/// <summary>
/// The CLI's passphrase encryption of texts: AES-256-GCM under a key from PBKDF2-SHA256 (1,000,000 rounds, 8-byte salt); a ciphertext is
/// <c>v1:&lt;base64 nonce&gt;:&lt;base64 text and tag&gt;</c>, and the salt carries a check text that must decrypt to <c>pulumi</c>.
/// </summary>
public sealed class PassphraseCipher : IDisposable
{
    private const int Rounds = 1_000_000;
    private const int SaltBytes = 8;
    private const int NonceBytes = 12;
    private const int TagBytes = 16;
    private const string CheckText = "pulumi";

    private readonly AesGcm aes;

    private PassphraseCipher(AesGcm aes) => this.aes = aes;

    /// <summary>The salt with its check text, as in <c>encryptionsalt:</c> of a stack file: <c>v1:&lt;salt&gt;:v1:&lt;nonce&gt;:&lt;text&gt;</c>.</summary>
    public string State { get; private init; } = "";

    /// <summary>A cipher under a new random salt.</summary>
    public static PassphraseCipher Create(string passphrase)
    {
        var salt = RandomNumberGenerator.GetBytes(SaltBytes);
        var aes = Derive(passphrase, salt);
        return new(aes) { State = $"v1:{Convert.ToBase64String(salt)}:{new PassphraseCipher(aes).Encrypt(CheckText)}" };
    }

    /// <summary>The cipher of an existing salt.</summary>
    /// <exception cref="EngineException">The salt is malformed, or the passphrase is not the one it was made with.</exception>
    public static PassphraseCipher Open(string passphrase, string state)
    {
        var parts = state.Split(':', 3);
        if (parts is not ["v1", var salt64, var check] || !TryBase64(salt64, out var salt))
            throw new EngineException($"The encryption salt '{state}' is not of the form v1:<salt>:v1:<nonce>:<text>; restore it from where the stack was made.");
        var cipher = new PassphraseCipher(Derive(passphrase, salt)) { State = state };
        try
        {
            if (cipher.Decrypt(check) == CheckText)
                return cipher;
        }
        catch (EngineException)
        {
            // Told below in words that fit: it is the passphrase, not the text, that is wrong.
        }
        cipher.Dispose();
        throw new EngineException("The passphrase is not the one this stack was made with; set PULUMI_CONFIG_PASSPHRASE or PULUMI_CONFIG_PASSPHRASE_FILE to the right one.");
    }

    /// <summary>Encrypts a text under a fresh nonce.</summary>
    public string Encrypt(string plaintext)
    {
        var nonce = RandomNumberGenerator.GetBytes(NonceBytes);
        var bytes = Encoding.UTF8.GetBytes(plaintext);
        var output = new byte[bytes.Length + TagBytes];
        aes.Encrypt(nonce, bytes, output.AsSpan(0, bytes.Length), output.AsSpan(bytes.Length));
        return $"v1:{Convert.ToBase64String(nonce)}:{Convert.ToBase64String(output)}";
    }

    /// <summary>Decrypts a text.</summary>
    /// <exception cref="EngineException">It is malformed, or was not encrypted under this salt and passphrase.</exception>
    public string Decrypt(string ciphertext)
    {
        if (ciphertext.Split(':') is not ["v1", var nonce64, var text64]
            || !TryBase64(nonce64, out var nonce) || nonce.Length != NonceBytes
            || !TryBase64(text64, out var text) || text.Length < TagBytes)
        {
            throw new EngineException("An encrypted value is not of the form v1:<nonce>:<text>; set it again with 'config set --secret'.");
        }
        var plain = new byte[text.Length - TagBytes];
        try
        {
            aes.Decrypt(nonce, text.AsSpan(0, plain.Length), text.AsSpan(plain.Length), plain);
        }
        catch (AuthenticationTagMismatchException)
        {
            throw new EngineException("An encrypted value was not made with this stack's passphrase and salt; set it again with 'config set --secret'.");
        }
        return Encoding.UTF8.GetString(plain);
    }

    public void Dispose() => aes.Dispose();

    private static AesGcm Derive(string passphrase, byte[] salt) =>
        new(Rfc2898DeriveBytes.Pbkdf2(Encoding.UTF8.GetBytes(passphrase), salt, Rounds, HashAlgorithmName.SHA256, 32), TagBytes);

    private static bool TryBase64(string text, out byte[] bytes)
    {
        bytes = new byte[text.Length];
        if (!Convert.TryFromBase64String(text, bytes, out var length))
            return false;
        Array.Resize(ref bytes, length);
        return true;
    }
}
