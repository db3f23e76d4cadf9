using System.Reflection.PortableExecutable;
using PassthroughInfra.Component.Tests.Support;

namespace PassthroughInfra.Reuse.Tests;

public sealed class LauncherTests
{
    [Fact]
    public async Task What_the_launcher_builds_is_compiled_ahead_where_the_compiler_can_be_had()
    {
        var (code, output) = await Shell.RunAsync("./passthrough --version");
        Assert.True(code == 0, output);
        var packages = Environment.GetEnvironmentVariable("NUGET_PACKAGES") ?? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".nuget", "packages");
        var compilers = Directory.GetDirectories(packages, "microsoft.netcore.app.crossgen2.*");
        foreach (var assembly in (ReadOnlySpan<string>)["passthrough.dll", "PassthroughHost.Component.dll", "YamlDotNet.dll"])
        {
            using var file = new PEReader(File.OpenRead(Path.Combine(Repository.Root, "src", "PassthroughHost.Cli", "obj", "launcher", assembly)));
            // ECMA-335 leaves this directory to the runtime; ReadyToRun's code is there.
            Assert.Equal(compilers.Length > 0, file.PEHeaders.CorHeader!.ManagedNativeHeaderDirectory.Size > 0);
        }
    }
}
