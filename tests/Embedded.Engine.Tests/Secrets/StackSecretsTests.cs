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
        File.Delete(file);
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
