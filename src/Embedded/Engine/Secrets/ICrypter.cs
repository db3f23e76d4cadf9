using PassthroughInfra.Engine.Values;

namespace PassthroughInfra.Engine.Secrets;

/// <summary>Encrypts and decrypts the secrets of a state.</summary>
internal interface ICrypter
{
    string Encrypt(PropertySecret secret);

    PropertySecret Decrypt(string ciphertext);
}

/// <summary>For secrets within a secret: they are marked, and the outer one is encrypted.</summary>
internal sealed class PlainCrypter : ICrypter
{
    public static PlainCrypter Instance { get; } = new();

    public string Encrypt(PropertySecret secret) => StateValues.PlainJson(secret.Value);

    public PropertySecret Decrypt(string ciphertext) => new(StateValues.FromPlainJson(ciphertext));
}

/// <summary>For showing a state without its passphrase: every secret reads as <c>[secret]</c>, and nothing can be written.</summary>
internal sealed class SecretHidingCrypter : ICrypter
{
    public static SecretHidingCrypter Instance { get; } = new();

    public string Encrypt(PropertySecret secret) => "[secret]";

    public PropertySecret Decrypt(string ciphertext) => new("[secret]");
}
