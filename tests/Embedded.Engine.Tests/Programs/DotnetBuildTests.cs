using System.Reflection;
using System.Reflection.Emit;
using PassthroughInfra.Engine.Programs;

namespace PassthroughInfra.Engine.Tests.Programs;

/// <summary>A stack's program is built when it is stale, by one engine at a time.</summary>
public sealed class DotnetBuildTests : IDisposable
{
    // A build that notes when it begins and ends, and takes its time between.
    private const string Project =
        """
        <Project>
          <PropertyGroup><TargetPath>$(MSBuildProjectDirectory)/bin/Program.dll</TargetPath></PropertyGroup>
          <Target Name="Restore" />
          <Target Name="Build">
            <Exec Command="echo begin &gt;&gt;obj/builds; sleep 1; mkdir -p bin; : &gt;bin/Program.dll; echo end &gt;&gt;obj/builds" />
          </Target>
        </Project>
        """;

    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("dotnet-build");

    public DotnetBuildTests()
    {
        File.WriteAllText(At("Program.csproj"), Project);
        folder.CreateSubdirectory("obj");
        // What a restore leaves: a program without projects of its own to refer to.
        File.WriteAllText(At("obj/project.assets.json"), """{ "libraries": {} }""");
    }

    public void Dispose() => folder.Delete(recursive: true);

    [Fact]
    public async Task Engines_that_want_one_program_at_once_build_it_once_and_all_wait_for_that()
    {
        var said = new List<string>();
        var built = await Task.WhenAll(Enumerable.Range(0, 3).Select(_ => Task.Run(() => DotnetBuild.EnsureAsync(folder.FullName, Say, CancellationToken.None))));
        Assert.All(built, path => Assert.Equal(At("bin/Program.dll"), path));
        Assert.Equal(["begin", "end"], File.ReadAllLines(At("obj/builds")));
        Assert.Equal(["building Program.csproj…", "waiting for another build of Program.csproj…", "waiting for another build of Program.csproj…"], said.Order(StringComparer.Ordinal));

        void Say(string line)
        {
            lock (said)
            {
                said.Add(line);
            }
        }
    }

    [Fact]
    public async Task A_program_that_is_built_runs_where_its_directory_cannot_be_written()
    {
        await DotnetBuild.EnsureAsync(folder.FullName, _ => { }, CancellationToken.None);
        // A directory in the lock's place stands for a file system that is read-only, which root could write otherwise.
        File.Delete(At("obj/passthrough-build.lock"));
        Directory.CreateDirectory(At("obj/passthrough-build.lock"));
        Assert.Equal(At("bin/Program.dll"), await DotnetBuild.EnsureAsync(folder.FullName, _ => { }, CancellationToken.None));
        Assert.Equal(["begin", "end"], File.ReadAllLines(At("obj/builds")));
    }

    [Fact]
    public async Task A_changed_source_is_built_again()
    {
        await DotnetBuild.EnsureAsync(folder.FullName, _ => { }, CancellationToken.None);
        await DotnetBuild.EnsureAsync(folder.FullName, _ => { }, CancellationToken.None);
        Assert.Equal(["begin", "end"], File.ReadAllLines(At("obj/builds")));
        File.WriteAllText(At("Source.cs"), "");
        await DotnetBuild.EnsureAsync(folder.FullName, _ => { }, CancellationToken.None);
        Assert.Equal(["begin", "end", "begin", "end"], File.ReadAllLines(At("obj/builds")));
    }

    [Theory]
    [InlineData(null, "official", "official")]
    [InlineData("embedded", "official", "embedded")]
    [InlineData("", null, "")]
    public void The_SDK_is_the_one_of_the_environment_or_the_one_that_the_engine_was_built_with(string? environment, string? noted, string chosen)
    {
        var metadata = new CustomAttributeBuilder(typeof(AssemblyMetadataAttribute).GetConstructors()[0], ["PulumiSdk", noted]);
        var engine = AssemblyBuilder.DefineDynamicAssembly(new("engine"), AssemblyBuilderAccess.Run, noted is null ? [] : [metadata]);
        Assert.Equal(chosen, DotnetBuild.Options(environment, engine));
    }

    [Theory]
    [InlineData("official")]
    [InlineData("embedded")]
    public async Task A_program_is_built_with_the_SDK_that_was_chosen(string chosen)
    {
        File.WriteAllText(At("Program.csproj"), Project.Replace("Program.dll", "$(PulumiSdk).dll", StringComparison.Ordinal));
        Assert.Equal(At($"bin/{chosen}.dll"), await DotnetBuild.BuildAsync(At("Program.csproj"), chosen, CancellationToken.None));
    }

    private string At(string file) => Path.Combine(folder.FullName, file);
}
