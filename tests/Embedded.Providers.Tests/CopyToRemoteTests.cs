using PassthroughInfra.Engine.Providers.Tests.Fixture;
using PassthroughInfra.Engine.Values;

namespace PassthroughInfra.Engine.Providers.Tests;

public sealed class CopyToRemoteTests : IDisposable
{
    private const string Type = "command:remote:CopyToRemote";

    private readonly LoopbackSshd sshd = new LoopbackSshd().Start();
    private readonly string scratch = Directory.CreateTempSubdirectory("copy-").FullName;

    public CopyToRemoteTests()
    {
        Directory.CreateDirectory($"{scratch}/tree/sub/empty");
        File.WriteAllText($"{scratch}/tree/one", "1");
        File.WriteAllText($"{scratch}/tree/sub/it's \"two\" *?", "2");
        Directory.CreateDirectory($"{scratch}/there");
    }

    public void Dispose()
    {
        sshd.Dispose();
        Directory.Delete(scratch, recursive: true);
    }

    private PropertyMap Inputs(PropertyValue source, string remotePath) => PropertyMap.Of(
        ("connection", PropertyMap.Of(("host", "127.0.0.1"), ("port", sshd.Port), ("user", Environment.UserName), ("privateKey", sshd.UserKey), ("hostKey", sshd.HostKeyLine), ("dialErrorLimit", 0.0))),
        ("source", source), ("remotePath", remotePath));

    private PropertyAsset FileSource(string name) => new(AssetSource.Path, $"{scratch}/{name}");

    private PropertyArchive TreeSource(string name) => new(AssetSource.Path, $"{scratch}/{name}", PropertyMap.Empty);

    [Fact]
    public async Task A_large_file_arrives_byte_for_byte_and_takes_the_place_of_a_longer_one()
    {
        var bytes = new byte[3_000_001];
        new Random(1).NextBytes(bytes);
        File.WriteAllBytes($"{scratch}/large", bytes);
        File.WriteAllBytes($"{scratch}/target", new byte[4_000_000]);
        await using var run = ProviderRun.Command(Type);
        await run.CreateAsync(Inputs(FileSource("large"), $"{scratch}/target"));
        Assert.Equal(bytes, File.ReadAllBytes($"{scratch}/target"));
    }

    [Theory]
    [InlineData("new", "new")]
    [InlineData("there", "there/one")]
    public async Task A_file_goes_into_a_directory_that_is_there_and_else_takes_the_name(string place, string expected)
    {
        await using var run = ProviderRun.Command(Type);
        await run.CreateAsync(Inputs(FileSource("tree/one"), $"{scratch}/{place}"));
        Assert.Equal("1", File.ReadAllText($"{scratch}/{expected}"));
    }

    [Theory]
    [InlineData("tree", "there", "there/tree")]
    [InlineData("tree", "new", "new/tree")]
    [InlineData("tree/", "there", "there")]
    [InlineData("tree/", "new", "new")]
    public async Task A_directory_goes_under_its_own_name_and_with_a_slash_its_content_does(string source, string place, string expected)
    {
        await using var run = ProviderRun.Command(Type);
        await run.CreateAsync(Inputs(TreeSource(source), $"{scratch}/{place}"));
        Assert.Equal("1", File.ReadAllText($"{scratch}/{expected}/one"));
        Assert.Equal("2", File.ReadAllText($"{scratch}/{expected}/sub/it's \"two\" *?"));
        Assert.True(Directory.Exists($"{scratch}/{expected}/sub/empty"));
    }

    [Fact]
    public async Task A_text_is_written_to_a_file_and_not_into_a_directory()
    {
        await using var run = ProviderRun.Command(Type);
        await run.CreateAsync(Inputs(new PropertyAsset(AssetSource.Text, "größer\n"), $"{scratch}/text"));
        Assert.Equal("größer\n", File.ReadAllText($"{scratch}/text"));
        var error = await Assert.ThrowsAsync<ProviderException>(() => run.CreateAsync(Inputs(new PropertyAsset(AssetSource.Text, "x"), $"{scratch}/there")));
        Assert.Contains("is a directory", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("missing/new", "No such file")]
    [InlineData("tree/one/below", "")]
    public async Task A_place_that_cannot_be_written_is_an_error_that_names_it(string place, string reason)
    {
        await using var run = ProviderRun.Command(Type);
        var error = await Assert.ThrowsAsync<ProviderException>(() => run.CreateAsync(Inputs(FileSource("tree/one"), $"{scratch}/{place}")));
        Assert.Contains($"{scratch}/{place}", error.Message, StringComparison.Ordinal);
        Assert.Contains(reason, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_host_without_an_sftp_server_is_an_error_with_the_remedy()
    {
        using var bare = new LoopbackSshd("Subsystem sftp /nonexistent").Start();
        await using var run = ProviderRun.Command(Type);
        var inputs = Inputs(FileSource("tree/one"), $"{scratch}/new");
        var connection = inputs.GetMap("connection")!.Merge(PropertyMap.Of(("port", bare.Port), ("privateKey", bare.UserKey), ("hostKey", bare.HostKeyLine)));
        var error = await Assert.ThrowsAsync<ProviderException>(() => run.CreateAsync(inputs.With("connection", connection)));
        Assert.Contains("Subsystem sftp", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task It_copies_again_when_the_content_changes_and_not_when_only_the_connection_does()
    {
        await using var run = ProviderRun.Command(Type);
        var inputs = (await run.CheckAsync(Inputs(FileSource("tree/one"), $"{scratch}/new"))).Inputs;
        var outputs = await run.CreateAsync(inputs);
        File.Delete($"{scratch}/new");
        var moved = inputs.With("connection", inputs.GetMap("connection")!.With("perDialTimeout", 3.0));
        Assert.Equal(["connection.perDialTimeout"], (await run.DiffAsync(inputs, moved)).Changes.Select(c => c.Path.ToString()));
        await run.UpdateAsync(inputs, outputs, moved);
        Assert.False(File.Exists($"{scratch}/new"));
        File.WriteAllText($"{scratch}/tree/one", "changed");
        var changed = Inputs(FileSource("tree/one"), $"{scratch}/new");
        var context = (await run.CheckAsync(changed)).Inputs;
        Assert.NotEqual(((PropertyAsset)inputs["source"]).Hash, ((PropertyAsset)context["source"]).Hash);
        await run.Provider.UpdateAsync(new(new("urn", Type, "it", false, null, run.Log, default), "id", inputs, outputs, context, []), default);
        Assert.Equal("changed", File.ReadAllText($"{scratch}/new"));
    }

    [Fact]
    public async Task A_source_that_is_not_there_is_seen_by_the_check()
    {
        await using var run = ProviderRun.Command(Type);
        var problem = Assert.Single((await run.CheckAsync(Inputs(FileSource("nowhere"), "/tmp/x"))).Failures);
        Assert.Equal("source", problem.Property);
        Assert.Contains("nowhere", problem.Reason, StringComparison.Ordinal);
    }
}
