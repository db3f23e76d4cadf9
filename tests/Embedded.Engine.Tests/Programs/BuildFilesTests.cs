using System.Diagnostics;
using System.Text.Json.Nodes;

namespace PassthroughInfra.Engine.Tests.Programs;

/// <summary>What the build files hand on, asked of MSBuild without compiling anything.</summary>
public sealed class BuildFilesTests : IDisposable
{
    private static readonly string Root = FindRoot(AppContext.BaseDirectory);

    private readonly string directory = Directory.CreateTempSubdirectory("build-").FullName;

    public void Dispose() => Directory.Delete(directory, recursive: true);

    [Theory]
    [InlineData("-p:PulumiSdk=official", "official")]
    [InlineData("-p:PulumiSdk=embedded", "embedded")]
    [InlineData("", null)]
    public async Task An_engine_notes_which_SDK_it_was_built_with_if_one_was_chosen(string option, string? noted)
    {
        var json = await MsbuildAsync("Engine/Embedded.Engine.csproj", ["-getItem:AssemblyMetadata", .. option.Length > 0 ? [option] : Array.Empty<string>()]);
        var items = JsonNode.Parse(json)!["Items"]!["AssemblyMetadata"]!.AsArray();
        Assert.Equal(noted, items.SingleOrDefault(i => i!["Identity"]!.GetValue<string>() == "PulumiSdk")?["Value"]?.GetValue<string>());
    }

    [Theory]
    [InlineData("")]
    [InlineData("/")]
    public async Task The_compiler_ahead_is_found_whether_the_root_of_the_packages_ends_with_a_slash_or_not(string end)
    {
        const string project = "ReadyToRun/ReadyToRun.csproj";
        var asked = JsonNode.Parse(await MsbuildAsync(project, ["-getProperty:CompilerPackage,BundledNETCoreAppPackageVersion"]))!["Properties"]!;
        var (package, version) = ($"{asked["CompilerPackage"]}".ToLowerInvariant(), $"{asked["BundledNETCoreAppPackageVersion"]}");
        var packages = Path.Combine(directory, "packages");
        var tools = Directory.CreateDirectory(Path.Combine(packages, package, version, "tools")).FullName;
        var program = Directory.CreateDirectory(Path.Combine(directory, "program")).FullName;
        await File.WriteAllTextAsync(Path.Combine(program, "a.dll"), "as built");
        // Stands in for the compiler: its first input is its third argument.
        await File.WriteAllTextAsync(Path.Combine(tools, "crossgen2"), "#!/bin/sh\necho compiled >\"${3%.dll}.ni.dll\"\n");
        File.SetUnixFileMode(Path.Combine(tools, "crossgen2"), UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        await MsbuildAsync(project, ["-t:CompileAhead", $"-p:Program={program}/", $"-p:NuGetPackageRoot={packages}{end}"]);
        Assert.Equal("compiled\n", await File.ReadAllTextAsync(Path.Combine(program, "a.dll")));
    }

    private static async Task<string> MsbuildAsync(string project, string[] options)
    {
        var start = new ProcessStartInfo("dotnet", ["msbuild", Path.Combine(Root, "src", "Embedded", project), "-nologo", "-nodeReuse:false", .. options])
        {
            RedirectStandardOutput = true,
        };
        start.Environment.Remove("PulumiSdk");
        using var run = Process.Start(start)!;
        var output = await run.StandardOutput.ReadToEndAsync();
        await run.WaitForExitAsync();
        Assert.True(run.ExitCode == 0, output);
        return output;
    }

    private static string FindRoot(string directory) =>
        File.Exists(Path.Combine(directory, "PassthroughInfra.sln")) ? directory : FindRoot(Path.GetDirectoryName(directory)!);
}
