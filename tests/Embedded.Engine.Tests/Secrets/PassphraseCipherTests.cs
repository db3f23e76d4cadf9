using PassthroughInfra.Engine.Secrets;

namespace PassthroughInfra.Engine.Tests.Secrets;

public sealed class PassphraseCipherTests
{
    // Made by the CLI with the passphrase "password"; it stands in the CLI's own tests of its passphrase manager.
    private const string CliSalt = "v1:fozI5u6B030=:v1:F+6ZduKKd8G0/V7L:PGMFeIzwobWRKmEAzUdaQHqC5mMRIQ==";

    [Fact]
    public void A_salt_made_by_the_CLI_opens_with_its_passphrase()
    {
        using var cipher = PassphraseCipher.Open("password", CliSalt);
        Assert.Equal("a text", cipher.Decrypt(cipher.Encrypt("a text")));
    }

    [Fact]
    public void A_wrong_passphrase_is_told_apart_from_a_broken_salt()
    {
        Assert.Contains("passphrase", Assert.Throws<EngineException>(() => PassphraseCipher.Open("other", CliSalt)).Message, StringComparison.Ordinal);
        Assert.Contains("v1:<salt>", Assert.Throws<EngineException>(() => PassphraseCipher.Open("password", "v1:nonsense")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_new_salt_opens_again_and_reads_what_was_written_under_it()
    {
        using var made = PassphraseCipher.Create("pass");
        var text = made.Encrypt("größer");
        using var opened = PassphraseCipher.Open("pass", made.State);
        Assert.Equal("größer", opened.Decrypt(text));
        Assert.Matches("^v1:[A-Za-z0-9+/=]+:[A-Za-z0-9+/=]+$", text);
        Assert.NotEqual(text, made.Encrypt("größer"));
    }

    [Theory]
    [InlineData("")]
    [InlineData("v1:abc")]
    [InlineData("v2:AAAAAAAAAAAAAAAA:AAAAAAAAAAAAAAAAAAAAAAAAAAAA")]
    [InlineData("v1:AAAA:AAAAAAAAAAAAAAAAAAAAAAAAAAAA")]
    [InlineData("v1:AAAAAAAAAAAAAAAA:AAAA")]
    [InlineData("v1:AAAAAAAAAAAAAAAA:AAAAAAAAAAAAAAAAAAAAAAAAAAAA")]
    public void A_text_that_was_not_encrypted_here_is_an_error(string text)
    {
        using var cipher = PassphraseCipher.Open("password", CliSalt);
        Assert.Throws<EngineException>(() => cipher.Decrypt(text));
    }
}
