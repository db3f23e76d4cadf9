using System.Runtime.CompilerServices;
using System.Text.Json;
using PassthroughInfra.Component.Facts;
using PassthroughInfra.Component.Spec;
using PassthroughInfra.Component.Tests.Support;

namespace PassthroughInfra.Cli.Tests.Support;

/// <summary>The machines of the component's golden cases, and the texts that are expected here.</summary>
internal static class Machines
{
    public static string Here { get; } = Path.GetFullPath(Path.Combine(Folder(), ".."));

    public static string Root { get; } = Path.GetFullPath(Path.Combine(Here, "..", ".."));

    private static string Cases { get; } = Path.Combine(Here, "..", "PassthroughHost.Component.Tests", "cases");

    /// <summary>What a reading of the lab host printed.</summary>
    public static string LabReading { get; } = File.ReadAllText(Path.Combine(Here, "..", "PassthroughHost.Component.Tests", "probes", "lab.txt"));

    /// <summary>The facts of a case; <c>lab</c> is the lab host.</summary>
    public static HostFacts Facts(string name) => name == "lab"
        ? ProbeParser.Parse(LabReading)
        : MergePatch.Load(Path.Combine(Cases, name, "facts.json")).Deserialize<HostFacts>(SpecReader.Json)!;

    /// <summary>The spec of a case.</summary>
    public static MachineSpec Spec(string name) => SpecReader.Read(Yaml.ToJson(File.ReadAllText(Path.Combine(Cases, name, "spec.yaml"))));

    /// <summary>Compares with the expected text; UPDATE_GOLDEN=1 writes it. Read what it wrote before it is committed.</summary>
    public static void Expect(string file, string actual)
    {
        var path = Path.Combine(Here, "golden", file);
        if (Environment.GetEnvironmentVariable("UPDATE_GOLDEN") == "1")
        {
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            File.WriteAllText(path, actual);
        }
        Assert.True(File.Exists(path), $"{path} is not there; UPDATE_GOLDEN=1 writes it");
        Assert.Equal(File.ReadAllText(path), actual);
    }

    private static string Folder([CallerFilePath] string file = "") => Path.GetDirectoryName(file)!;
}
