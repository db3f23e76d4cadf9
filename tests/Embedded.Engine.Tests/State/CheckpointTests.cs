using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using PassthroughInfra.Engine.Secrets;
using PassthroughInfra.Engine.State;
using PassthroughInfra.Engine.Values;

namespace PassthroughInfra.Engine.Tests.State;

public sealed class CheckpointTests
{
    /// <summary>A checkpoint as the CLI writes it, with members that are not used here.</summary>
    private const string FromCli = """
        {"version":3,"checkpoint":{"stack":"organization/demo/dev","latest":{
          "manifest":{"time":"2026-01-01T00:00:00Z","magic":"x","version":"v3.112.0"},
          "secrets_providers":{"type":"passphrase","state":{"salt":"v1:AAAA"}},
          "resources":[
            {"urn":"urn:pulumi:dev::demo::pulumi:pulumi:Stack::demo-dev","custom":false,"type":"pulumi:pulumi:Stack","sourcePosition":"project:///index.ts#1,1"},
            {"urn":"urn:pulumi:dev::demo::command:remote:Command::c","custom":true,"id":"c1","type":"command:remote:Command",
             "inputs":{"connection":{"4dabf18193072939515e22adb298388d":"1b47061264138c4ac30d75fd1eb44270","ciphertext":"{\"host\":\"h\",\"port\":22}"},"create":"true","n":4096,"nothing":null},
             "outputs":{"stdout":"x"},"parent":"urn:pulumi:dev::demo::pulumi:pulumi:Stack::demo-dev","protect":true,
             "dependencies":["urn:pulumi:dev::demo::pulumi:pulumi:Stack::demo-dev"],"initErrors":["e"],
             "provider":"urn:pulumi:dev::demo::pulumi:providers:command::default_1_2_1::id","propertyDependencies":{"create":null,"connection":["urn:pulumi:dev::demo::pulumi:pulumi:Stack::demo-dev"]},
             "additionalSecretOutputs":["connection"],"customTimeouts":{"create":300,"update":0,"read":5},"retainOnDelete":true,"created":"2026-01-01T00:00:00.123456789Z",
             "replaceOnChanges":["triggers[*]"],"refreshBeforeUpdate":true,"viewOf":{"a":[1,2]}}],
          "pending_operations":[{"resource":{"urn":"urn:pulumi:dev::demo::test:index:Res::a","custom":true,"type":"test:index:Res"},"type":"creating"}],
          "metadata":{}}}}
        """;

    [Fact]
    public void What_the_CLI_wrote_is_read_with_its_secrets_and_pending_operations()
    {
        var snapshot = Read(FromCli);
        var command = snapshot.Resources[1];
        Assert.Equal(PropertyValue.Secret(PropertyMap.Of(("host", "h"), ("port", 22))), command.Inputs["connection"]);
        Assert.Equal(300, command.CustomTimeouts!.Create);
        Assert.True(command is { Protect: true, RetainOnDelete: true, Id: "c1" });
        Assert.Equal("creating", Assert.Single(snapshot.PendingOperations).Type);
        Assert.Equal("v1:AAAA", snapshot.Salt);
    }

    [Fact]
    public void Members_that_are_not_known_here_survive()
    {
        var written = Write(Read(FromCli));
        var resources = JsonNode.Parse(written)!["checkpoint"]!["latest"]!["resources"]!;
        Assert.Equal("project:///index.ts#1,1", resources[0]!["sourcePosition"]!.GetValue<string>());
        Assert.Equal(5, resources[1]!["customTimeouts"]!["read"]!.GetValue<int>());
        Assert.Equal("""{"a":[1,2]}""", resources[1]!["viewOf"]!.ToJsonString());
    }

    [Fact]
    public void A_state_written_and_read_is_the_same()
    {
        var first = Read(FromCli);
        var second = Read(Write(first));
        Assert.Equal(first.Resources.Length, second.Resources.Length);
        Assert.All(first.Resources.Zip(second.Resources), pair => Assert.True(StateComparison.SameContent(pair.First, pair.Second)));
        Assert.Equal(first.Salt, second.Salt);
    }

    [Fact]
    public void The_magic_is_the_digest_of_the_version_as_the_CLI_checks_it()
    {
        var manifest = JsonNode.Parse(Write(Snapshot.Empty))!["checkpoint"]!["latest"]!["manifest"]!;
        var digest = System.Security.Cryptography.SHA256.HashData(Encoding.UTF8.GetBytes(manifest["version"]!.GetValue<string>()));
        Assert.Equal(Convert.ToHexStringLower(digest), manifest["magic"]!.GetValue<string>());
    }

    [Theory]
    [InlineData("{", "cannot be read")]
    [InlineData("""{"version":4,"checkpoint":{}}""", "version 4")]
    [InlineData("""{"version":3,"checkpoint":{"latest":{"resources":[{"custom":true}]}}}""", "cannot be read")]
    [InlineData("""{"version":3,"checkpoint":{"latest":{"secrets_providers":{"type":"cloud"}}}}""", "'cloud'")]
    [InlineData("""{"version":3,"checkpoint":{"latest":{"resources":[{"urn":"urn:pulumi:dev::demo::test:index:Res::a","type":"test:index:Res","taint":true}]}}}""", "pulumi state taint")]
    public void A_state_that_cannot_be_used_is_a_clear_error(string json, string part) =>
        Assert.Contains(part, Assert.Throws<EngineException>(() => Read(json)).Message, StringComparison.Ordinal);

    [Fact]
    public void No_secret_stands_in_the_file_in_plain()
    {
        using var secrets = new StackSecrets(new(name => name == "PULUMI_CONFIG_PASSPHRASE" ? "p" : null), null, _ => { });
        var state = new ResourceState
        {
            Urn = "urn:pulumi:dev::demo::test:index:Res::a",
            Type = "test:index:Res",
            Inputs = PropertyMap.Of(("list", PropertyValue.List(PropertyValue.Secret("s3cret"))), ("map", PropertyMap.Of(("x", PropertyValue.Secret("s3cret"))))),
        };
        var json = Encoding.UTF8.GetString(new CheckpointWriter("s", secrets).Write(new([state], [new(state, "creating")], null), () => secrets.Salt).Span);
        Assert.DoesNotContain("s3cret", json, StringComparison.Ordinal);
        Assert.Contains(secrets.Salt!, json, StringComparison.Ordinal);
    }

    private static Snapshot Read(string json) => CheckpointReader.Read(Encoding.UTF8.GetBytes(json), "test", _ => PlainCrypter.Instance);

    private static string Write(Snapshot snapshot) => Encoding.UTF8.GetString(new CheckpointWriter("organization/demo/dev", PlainCrypter.Instance).Write(snapshot, () => null).Span);
}
