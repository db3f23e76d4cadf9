using PassthroughInfra.Engine.Providers.Tests.Fixture;
using PassthroughInfra.Engine.Values;

namespace PassthroughInfra.Engine.Providers.Tests;

/// <summary>What is found wrong before anything is contacted, what is filled in, and what counts as a change.</summary>
public sealed class CommandCheckTests
{
    private static readonly PropertyMap Connection = PropertyMap.Of(("host", "gpu-host.internal"));

    private static async Task<CheckResult> CheckAsync(PropertyMap inputs)
    {
        await using var run = ProviderRun.Command();
        return await run.CheckAsync(inputs);
    }

    [Fact]
    public async Task Defaults_are_filled_in_for_the_host_and_its_proxy()
    {
        var result = await CheckAsync(PropertyMap.Of(("connection", Connection.With("proxy", Connection)), ("create", "true")));
        Assert.Empty(result.Failures);
        var defaults = PropertyMap.Of(("host", "gpu-host.internal"), ("user", "root"), ("port", 22.0), ("dialErrorLimit", 10.0), ("perDialTimeout", 15.0));
        Assert.Equal(defaults.With("proxy", defaults), result.Inputs.GetMap("connection"));
        Assert.Equal(["connection", "create"], result.Inputs.Keys);
    }

    [Theory]
    [InlineData("host", "", "connection.host")]
    [InlineData("host", "-oProxyCommand=x", "connection.host")]
    [InlineData("host", "a;b", "connection.host")]
    [InlineData("user", "a b", "connection.user")]
    [InlineData("port", 0.0, "connection.port")]
    [InlineData("port", 22.5, "connection.port")]
    [InlineData("port", 65536.0, "connection.port")]
    [InlineData("port", "22", "connection.port")]
    [InlineData("dialErrorLimit", -2.0, "connection.dialErrorLimit")]
    [InlineData("perDialTimeout", -1.0, "connection.perDialTimeout")]
    [InlineData("hostKey", "gpu-host ssh-ed25519", "connection.hostKey")]
    [InlineData("hostKey", "ssh-ed25519 AAAAB3NzaC1yc2E=", "connection.hostKey")]
    [InlineData("privateKey", 3.0, "connection.privateKey")]
    [InlineData("hostkey", "x", "connection.hostkey")]
    public async Task A_wrong_field_of_a_connection_is_named(string key, object value, string place)
    {
        var given = value is string text ? (PropertyValue)text : (double)value;
        var problem = Assert.Single((await CheckAsync(PropertyMap.Of(("connection", Connection.With(key, given))))).Failures);
        Assert.Equal(place, problem.Property);
    }

    [Fact]
    public async Task A_missing_connection_and_host_are_named()
    {
        Assert.Equal("connection", Assert.Single((await CheckAsync(PropertyMap.Of(("create", "true")))).Failures).Property);
        Assert.Equal("connection.host", Assert.Single((await CheckAsync(PropertyMap.Of(("connection", PropertyMap.Empty)))).Failures).Property);
    }

    [Fact]
    public async Task Inputs_that_there_are_not_or_of_another_type_are_named()
    {
        var result = await CheckAsync(PropertyMap.Of(
            ("connection", Connection), ("craete", "true"), ("stdin", 3.0), ("logging", "loud"), ("environment", PropertyMap.Of(("A=B", "x")))));
        Assert.Equal(["craete", "environment.A=B", "logging", "stdin"], result.Failures.Select(f => f.Property).Order());
    }

    [Fact]
    public async Task What_is_unknown_in_a_preview_is_no_problem()
    {
        var result = await CheckAsync(PropertyMap.Of(("connection", Connection.With("host", PropertyValue.Unknown).With("port", PropertyValue.Unknown)), ("create", PropertyValue.Unknown)));
        Assert.Empty(result.Failures);
        Assert.Empty((await CheckAsync(PropertyMap.Of(("connection", PropertyValue.Unknown)))).Failures);
    }

    [Fact]
    public async Task A_key_line_with_options_and_comment_is_a_host_key()
    {
        const string key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl";
        Assert.Empty((await CheckAsync(PropertyMap.Of(("connection", Connection.With("hostKey", $"no-pty {key} root@host"))))).Failures);
        Assert.Equal("SHA256:+DiY3wvvV6TuJJhbpZisF/zLDA0zPMSvHdkr4UvCOqU", Ssh.HostKey.Parse(key).Fingerprint);
    }

    [Theory]
    [InlineData("stdin", false)]
    [InlineData("create", false)]
    [InlineData("triggers", true)]
    public async Task Only_a_change_of_triggers_replaces_and_that_creates_first(string key, bool replaces)
    {
        await using var run = ProviderRun.Command();
        PropertyValue changed = key == "triggers" ? PropertyValue.List("b") : "b";
        var inputs = PropertyMap.Of(("connection", Connection), ("create", "a"), ("triggers", PropertyValue.List("a")));
        var diff = await run.DiffAsync(inputs, inputs.With(key, changed));
        Assert.Equal(key, Assert.Single(diff.Changes).Path.TopKey);
        Assert.Equal(replaces, diff.ReplaceKeys.Length > 0);
        Assert.False(diff.DeleteBeforeReplace);
    }

    [Fact]
    public async Task A_refresh_reads_nothing_and_keeps_the_state()
    {
        await using var run = ProviderRun.Command();
        var context = new ResourceContext("urn", ProviderRun.Remote, "it", false, null, run.Log, default);
        var state = PropertyMap.Of(("stdout", "kept"));
        Assert.Equal(new ReadResult("id", Connection, state), await run.Provider.ReadAsync(new(context, "id", Connection, state), default));
    }

    [Fact]
    public async Task A_type_or_function_that_there_is_not_is_named()
    {
        await using var run = ProviderRun.Command("command:remote:CopyFile");
        Assert.Contains("command:remote:CopyFile", (await Assert.ThrowsAsync<ProviderException>(() => run.CheckAsync(Connection))).Message, StringComparison.Ordinal);
        var call = new InvokeRequest("command:local:jog", PropertyMap.Empty, false, run.Log, default);
        Assert.Contains("command:local:jog", (await Assert.ThrowsAsync<ProviderException>(() => run.Provider.InvokeAsync(call, default))).Message, StringComparison.Ordinal);
    }
}
