using PassthroughInfra.Engine.Secrets;
using PassthroughInfra.Engine.Values;

namespace PassthroughInfra.Engine.Tests.Secrets;

public sealed class StackSecretsTests
{
    [Fact]
    public void A_passphrase_comes_from_the_environment_or_from_a_file()
    {
        var file = Path.GetTempFileName();
        File.WriteAllText(file, "from file\n");
        Assert.Equal("direct", Source(("PULUMI_CONFIG_PASSPHRASE", "direct"), ("PULUMI_CONFIG_PASSPHRASE_FILE", file)).Get("x"));
        Assert.Equal("from file", Source(("PULUMI_CONFIG_PASSPHRASE_FILE", file)).Get("x"));
        Assert.Equal("", Source(("PULUMI_CONFIG_PASSPHRASE", "")).Get("x"));
        // As the CLI does: what surrounds it is no part of it.
        File.WriteAllText(file, "\tfrom file \r\n\n");
        Assert.Equal("from file", Source(("PULUMI_CONFIG_PASSPHRASE_FILE", file)).Get("x"));
        File.Delete(file);
    }

    [Fact]
    public void A_new_passphrase_is_asked_for_twice_and_has_to_be_the_same()
    {
        string[] typed = ["right", "wrong"];
        var asked = 0;
        var source = new PassphraseSource(_ => null, _ => typed[asked++]);
        using var secrets = new StackSecrets(source, null, _ => { });
        Assert.Contains("not the same", Assert.Throws<EngineException>(() => secrets.EncryptText("x")).Message, StringComparison.Ordinal);
        (typed, asked) = (["right", "right"], 0);
        secrets.EncryptText("x");
        Assert.Equal(2, asked);
        // One that there is already is asked for once: it proves itself.
        asked = 0;
        using var again = new StackSecrets(source, secrets.Salt, _ => { });
        again.EncryptText("x");
        Assert.Equal(1, asked);
    }

    [Fact]
    public void A_missing_passphrase_is_an_error_that_says_what_to_set()
    {
        var problem = Assert.Throws<EngineException>(() => Source().Get("Saving a secret"));
        Assert.StartsWith("Saving a secret needs the stack's passphrase: set PULUMI_CONFIG_PASSPHRASE", problem.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_passphrase_is_not_asked_for_before_a_secret_is_met()
    {
        using var secrets = new StackSecrets(new(_ => throw new InvalidOperationException("asked")), null, _ => { });
        Assert.Null(secrets.Salt);
    }

    [Fact]
    public void The_first_secret_makes_a_salt_which_is_kept()
    {
        string? saved = null;
        using var secrets = new StackSecrets(Source(("PULUMI_CONFIG_PASSPHRASE", "p")), null, salt => saved = salt);
        secrets.EncryptText("x");
        Assert.Equal(saved, secrets.Salt);
        Assert.NotNull(saved);
    }

    [Fact]
    public void A_secret_that_was_read_keeps_its_ciphertext_when_it_is_written_again()
    {
        using var secrets = new StackSecrets(Source(("PULUMI_CONFIG_PASSPHRASE", "p")), null, _ => { });
        ICrypter crypter = secrets;
        var ciphertext = crypter.Encrypt(new PropertySecret("x"));
        var read = crypter.Decrypt(ciphertext);
        Assert.Equal(ciphertext, crypter.Encrypt(read));
        Assert.NotEqual(ciphertext, crypter.Encrypt(new PropertySecret("x")));
    }

    [Fact]
    public void Secrets_within_a_secret_come_back_marked()
    {
        using var secrets = new StackSecrets(Source(("PULUMI_CONFIG_PASSPHRASE", "p")), null, _ => { });
        ICrypter crypter = secrets;
        var connection = new PropertySecret(PropertyMap.Of(("host", "h"), ("privateKey", PropertyValue.Secret("KEY"))));
        Assert.Equal(connection, crypter.Decrypt(crypter.Encrypt(connection)));
    }

    private static PassphraseSource Source(params (string Key, string Value)[] variables) =>
        new(name => variables.Where(v => v.Key == name).Select(v => v.Value).FirstOrDefault());
}
