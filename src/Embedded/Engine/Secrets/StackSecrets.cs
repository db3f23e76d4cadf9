using System.Runtime.CompilerServices;
using PassthroughInfra.Engine.Values;

namespace PassthroughInfra.Engine.Secrets;

/// <summary>Where the passphrase comes from.</summary>
/// <param name="Environment">Reads an environment variable.</param>
/// <param name="Ask">Asks the person for a passphrase; null where there is nobody to ask.</param>
public sealed record PassphraseSource(Func<string, string?> Environment, Func<string, string>? Ask = null)
{
    /// <summary>The process's environment, and nobody to ask.</summary>
    public static PassphraseSource Process { get; } = new(System.Environment.GetEnvironmentVariable);

    /// <summary>Whether the environment says something about the passphrase.</summary>
    internal bool IsGiven => Environment("PULUMI_CONFIG_PASSPHRASE") is not null || Environment("PULUMI_CONFIG_PASSPHRASE_FILE") is { Length: > 0 };

    /// <summary>A passphrase for what has none yet; a person types it twice, because one that was mistyped opens nothing again.</summary>
    /// <exception cref="EngineException">There is none, or the two are not the same.</exception>
    public string GetNew(string purpose)
    {
        var passphrase = Get(purpose);
        if (!IsGiven && Ask!("Once more, because it is new: this stack") != passphrase)
            throw new EngineException("The two passphrases are not the same; nothing was kept. Run it again.");
        return passphrase;
    }

    /// <summary>The passphrase from <c>PULUMI_CONFIG_PASSPHRASE</c>, the file named by <c>PULUMI_CONFIG_PASSPHRASE_FILE</c>, or the person.</summary>
    /// <exception cref="EngineException">There is none.</exception>
    public string Get(string purpose)
    {
        if (Environment("PULUMI_CONFIG_PASSPHRASE") is { } passphrase)
            return passphrase;
        if (Environment("PULUMI_CONFIG_PASSPHRASE_FILE") is { Length: > 0 } file)
        {
            try
            {
                return File.ReadAllText(file).Trim();
            }
            catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
            {
                throw new EngineException($"PULUMI_CONFIG_PASSPHRASE_FILE names '{file}', which cannot be read: {problem.Message}", problem);
            }
        }
        return Ask?.Invoke(purpose) ?? throw new EngineException(
            $"{purpose} needs the stack's passphrase: set PULUMI_CONFIG_PASSPHRASE, or PULUMI_CONFIG_PASSPHRASE_FILE to a file that holds it.");
    }
}

/// <summary>
/// The secrets of one stack. The key is derived only when a secret is met (it takes about a quarter of a second by design), and a secret
/// that was read keeps its ciphertext when it is written again, so that an unchanged state file stays unchanged.
/// </summary>
public sealed class StackSecrets : ICrypter, IDisposable
{
    private readonly Lock gate = new();
    private readonly PassphraseSource source;
    private readonly Action<string> saveSalt;
    private readonly ConditionalWeakTable<PropertySecret, string> known = [];
    private PassphraseCipher? cipher;
    private string? salt;

    /// <param name="source">Where the passphrase comes from.</param>
    /// <param name="salt">The salt the stack has; null makes a new one with the first secret.</param>
    /// <param name="saveSalt">Keeps a new salt (in the stack file).</param>
    public StackSecrets(PassphraseSource source, string? salt, Action<string> saveSalt)
    {
        this.source = source;
        this.salt = salt;
        this.saveSalt = saveSalt;
    }

    /// <summary>Keeps the configuration's secrets out of what is shown.</summary>
    public SecretMask Mask { get; } = new();

    /// <summary>The salt, as the stack file and the state carry it; null until there is one.</summary>
    public string? Salt
    {
        get
        {
            lock (gate)
                return salt;
        }
    }

    /// <summary>
    /// The crypter for a state that names <paramref name="stateSalt"/>: this one, which takes that salt if the stack file has none, or one
    /// of its own where the two differ (a stack file that was made anew).
    /// </summary>
    internal ICrypter For(string stateSalt)
    {
        lock (gate)
        {
            salt ??= stateSalt;
            return salt == stateSalt ? this : new StackSecrets(source, stateSalt, _ => { });
        }
    }

    /// <summary>Encrypts a text of the stack's configuration.</summary>
    public string EncryptText(string plaintext) => Cipher("Encrypting a secret").Encrypt(plaintext);

    /// <summary>Decrypts a text of the stack's configuration.</summary>
    public string DecryptText(string ciphertext) => Cipher("Decrypting the stack's secrets").Decrypt(ciphertext);

    /// <summary>Decrypts a text of the stack's configuration that a program is given, and keeps it out of what is shown from then on.</summary>
    public string DecryptConfig(string ciphertext)
    {
        var text = DecryptText(ciphertext);
        Mask.Add(text);
        return text;
    }

    /// <summary>
    /// Asks the person for the passphrase now, where a secret could ask for it later: in the middle of an update, with its tree on the
    /// terminal. Where it is given, or nobody can be asked, nothing happens.
    /// </summary>
    public void AskNow()
    {
        if (source.Ask is not null && !source.IsGiven)
            Cipher("Keeping secrets in the state");
    }

    public void Dispose() => cipher?.Dispose();

    string ICrypter.Encrypt(PropertySecret secret)
    {
        if (known.TryGetValue(secret, out var ciphertext))
            return ciphertext;
        ciphertext = Cipher("Saving a secret in the state").Encrypt(StateValues.PlainJson(secret.Value));
        known.AddOrUpdate(secret, ciphertext);
        return ciphertext;
    }

    PropertySecret ICrypter.Decrypt(string ciphertext)
    {
        var secret = new PropertySecret(StateValues.FromPlainJson(DecryptText(ciphertext)));
        known.AddOrUpdate(secret, ciphertext);
        return secret;
    }

    // A stack made with the empty passphrase (the lab's, whose secrets are throw-away keys) asks nobody for one.
    private PassphraseCipher? OpenWithoutPassphrase(string salt)
    {
        if (source.IsGiven)
            return null;
        try
        {
            return PassphraseCipher.Open("", salt);
        }
        catch (EngineException)
        {
            return null;
        }
    }

    private PassphraseCipher Cipher(string purpose)
    {
        lock (gate)
        {
            if (cipher is not null)
                return cipher;
            if (salt is not null)
                return cipher = OpenWithoutPassphrase(salt) ?? PassphraseCipher.Open(source.Get(purpose), salt);
            cipher = PassphraseCipher.Create(source.GetNew(purpose));
            salt = cipher.State;
            saveSalt(salt);
            return cipher;
        }
    }
}
