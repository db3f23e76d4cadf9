using PassthroughInfra.Engine.Projects;

namespace PassthroughInfra.Engine.Tests.Projects;

public sealed class StackFileEditorTests : IDisposable
{
    private readonly string file = Path.Combine(Directory.CreateTempSubdirectory().FullName, "Pulumi.dev.yaml");

    public void Dispose() => Directory.Delete(Path.GetDirectoryName(file)!, recursive: true);

    [Theory]
    [InlineData("text", "text")]
    [InlineData("true", "true")]
    [InlineData("-12", "-12")]
    [InlineData("1.10", "\"1.10\"")]
    [InlineData("1e5", "\"1e5\"")]
    [InlineData("0x10", "\"0x10\"")]
    [InlineData("007", "\"007\"")]
    [InlineData("True", "\"True\"")]
    [InlineData("null", "\"null\"")]
    [InlineData("yes", "\"yes\"")]
    [InlineData("2026-01-01", "\"2026-01-01\"")]
    [InlineData("1_000", "\"1_000\"")]
    public void A_text_that_YAML_would_take_for_something_else_is_quoted(string value, string written)
    {
        StackFileEditor.SetConfig(file, "demo", ConfigKey.Parse("demo", "machine.value", isPath: true), value);
        Assert.Equal($"config:\n  demo:machine:\n    value: {written}\n", File.ReadAllText(file));
    }

    [Fact]
    public void A_file_that_is_for_its_owner_only_stays_so_and_a_link_stays_a_link()
    {
        var target = file + ".target";
        File.WriteAllText(target, "config: {}\n".Replace("{}", "\n  demo:a: b", StringComparison.Ordinal));
        File.SetUnixFileMode(target, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        File.CreateSymbolicLink(file, target);
        StackFileEditor.SetConfig(file, "demo", ConfigKey.Parse("demo", "a", isPath: false), "c");
        Assert.Equal(target, new FileInfo(file).LinkTarget);
        Assert.Contains("demo:a: c", File.ReadAllText(target), StringComparison.Ordinal);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(target));
    }
}
