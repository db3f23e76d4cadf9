using System.Text.Json;
using PassthroughInfra.Embedded.Sdk.Tests.Harness;
using Pulumi;
using Pulumi.Testing;

namespace PassthroughInfra.Embedded.Sdk.Tests;

/// <summary>Configuration comes to a program under test as to any other: in the environment.</summary>
[Collection(EngineRun.Name)]
public sealed class ConfigTests
{
    [Fact]
    public async Task A_key_belongs_to_the_project_unless_another_namespace_is_named()
    {
        var values = await WithAsync(
            new() { ["project:key"] = "own", ["libvirt:uri"] = "qemu:///system", ["old:config:key"] = "older" },
            () => new[] { new Config().Require("key"), new Config("libvirt").Require("uri"), new Config("old:config").Require("key") });

        Assert.Equal(["own", "qemu:///system", "older"], values);
    }

    [Fact]
    public async Task A_key_that_is_not_there_is_null()
    {
        var values = await WithAsync([], () => new object?[]
        {
            new Config().Get("x"), new Config().GetBoolean("x"), new Config().GetInt32("x"), new Config().GetDouble("x"),
            new Config().GetObject<Machine>("x"), new Config().GetSecret("x"), new Config().GetSecretObject<Machine>("x"),
        });

        Assert.All(values, Assert.Null);
    }

    [Fact]
    public async Task Values_are_read_as_the_types_asked_for()
    {
        var config = new Dictionary<string, string>
        {
            ["project:flag"] = "true",
            ["project:count"] = "-3",
            ["project:share"] = "0.5",
            ["project:machine"] = """{"Name":"gpu","Cores":4}""",
        };

        await WithAsync(config, () =>
        {
            Assert.True(new Config().RequireBoolean("flag"));
            Assert.Equal(-3, new Config().RequireInt32("count"));
            Assert.Equal(0.5, new Config().RequireDouble("share"));
            Assert.Equal(new Machine("gpu", 4), new Config().RequireObject<Machine>("machine"));
            Assert.Equal("gpu", new Config().RequireObject<JsonElement>("machine").GetProperty("Name").GetString());
            return 0;
        });
    }

    [Fact]
    public async Task Secrets_are_secret()
    {
        var secrets = await WithAsync(new() { ["project:a"] = "1" }, () => new[]
        {
            Output.IsSecretAsync(new Config().RequireSecret("a")), Output.IsSecretAsync(new Config().RequireSecretInt32("a")),
            Output.IsSecretAsync(new Config().RequireSecretDouble("a")), Output.IsSecretAsync(new Config().RequireSecretObject<int>("a")),
        });

        Assert.All(await Task.WhenAll(secrets), Assert.True);
    }

    [Fact]
    public async Task A_missing_key_says_how_to_set_it()
    {
        var error = await Assert.ThrowsAsync<RunException>(() => WithAsync([], () => new Config().Require("host")));

        Assert.Equal(
            "Missing Required configuration variable 'project:host'\n\tplease set a value using the command `pulumi config set project:host <value>`",
            error.Message);
    }

    [Theory]
    [InlineData("yes", "Boolean")]
    [InlineData("1.5", "Int32")]
    [InlineData("many", "Double")]
    public async Task A_value_of_another_type_says_which(string value, string type)
    {
        var error = await Assert.ThrowsAsync<RunException>(() => WithAsync(new() { ["project:x"] = value }, () => type switch
        {
            "Boolean" => (object)new Config().RequireBoolean("x"),
            "Int32" => new Config().RequireInt32("x"),
            _ => new Config().RequireDouble("x"),
        }));

        Assert.Equal($"Configuration 'project:x' value '{value}' is not a valid {type}", error.Message);
    }

    [Fact]
    public async Task A_value_that_is_not_json_says_which_type_was_wanted()
    {
        var error = await Assert.ThrowsAsync<RunException>(() => WithAsync(new() { ["project:x"] = "{" }, () => new Config().RequireObject<Machine>("x")));

        Assert.Equal($"Configuration 'project:x' value '{{' is not a valid {typeof(Machine).FullName}", error.Message);
    }

    private static async Task<T> WithAsync<T>(Dictionary<string, string> config, Func<T> read)
    {
        Environment.SetEnvironmentVariable("PULUMI_CONFIG", JsonSerializer.Serialize(config));
        try
        {
            var result = default(T);
            await Deployment.TestAsync(new TestMocks(), new TestOptions(), () => { result = read(); });
            return result!;
        }
        finally
        {
            Environment.SetEnvironmentVariable("PULUMI_CONFIG", null);
        }
    }

    public sealed record Machine(string Name, int Cores);
}
