using System.IO.Compression;
using System.Reflection;
using PassthroughInfra.Component;

namespace PassthroughInfra.Reuse.Tests;

/// <summary>The component as others get it: its package, and its public surface.</summary>
public sealed class PackageTests
{
    private const string Project = "src/PassthroughHost.Component/PassthroughHost.Component.csproj";

    private static string Configuration { get; } = typeof(PassthroughHost).Assembly.GetCustomAttribute<AssemblyConfigurationAttribute>()!.Configuration;

    [Fact]
    public void The_public_surface_is_as_recorded() =>
        Golden.Check("tests/Reuse.Tests/public-surface.txt", string.Join('\n', PassthroughInfra.Embedded.Sdk.Tests.Harness.PublicSurface.Of(typeof(PassthroughHost).Assembly)) + "\n", nameof(PackageTests));

    [Fact]
    public async Task A_package_of_the_embedded_build_is_refused_with_the_way_out()
    {
        var (code, output) = await PackAsync("");
        Assert.NotEqual(0, code);
        Assert.Contains("dotnet pack -p:PulumiSdk=official", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_package_has_the_assembly_its_documentation_a_readme_the_licence_the_schema_and_symbols()
    {
        var directory = Directory.CreateTempSubdirectory("reuse-package");
        try
        {
            var (code, output) = await PackAsync($"-p:AllowEmbeddedPackage=true -o {directory.FullName}");
            Assert.True(code == 0, output);
            using var package = ZipFile.OpenRead(Assert.Single(directory.GetFiles("*.nupkg")).FullName);
            var entries = package.Entries.Select(e => e.FullName).ToList();
            foreach (var wanted in new[] { "README.md", "LICENSE", "schema/machine.schema.json", "lib/net10.0/PassthroughHost.Component.dll", "lib/net10.0/PassthroughHost.Component.xml" })
            {
                Assert.Contains(wanted, entries);
            }

            using var specification = new StreamReader(package.Entries.Single(e => e.FullName.EndsWith(".nuspec", StringComparison.Ordinal)).Open());
            var text = await specification.ReadToEndAsync();
            Assert.Contains("""<license type="expression">Apache-2.0</license>""", text, StringComparison.Ordinal);
            Assert.Contains("<readme>README.md</readme>", text, StringComparison.Ordinal);
            using var symbols = ZipFile.OpenRead(Assert.Single(directory.GetFiles("*.snupkg")).FullName);
            Assert.Contains("lib/net10.0/PassthroughHost.Component.pdb", symbols.Entries.Select(e => e.FullName));
        }
        finally
        {
            directory.Delete(recursive: true);
        }
    }

    private static Task<(int Code, string Output)> PackAsync(string options) =>
        Shell.RunAsync($"dotnet pack {Project} --no-build -c {Configuration} -nologo -v:quiet -nodeReuse:false -p:PulumiSdk=embedded {options}");
}
