using System.Reflection;

namespace PassthroughInfra.Bench;

/// <summary>Where what is measured lies.</summary>
internal static class Paths
{
    /// <summary>The project's directory.</summary>
    public static string Root { get; } = Metadata("Root");

    /// <summary>The command line, as built beside this.</summary>
    public static string Cli { get; } = Path.Combine(AppContext.BaseDirectory, "passthrough.dll");

    /// <summary>The built program that makes what its stack file lists.</summary>
    public static string Program { get; } = Path.Combine(Root, "tests", "Embedded.EndToEnd.Program", Metadata("Output"), "Embedded.EndToEnd.Program.dll");

    /// <summary>The built program of a machine's stack.</summary>
    public static string Machine { get; } = Path.Combine(Root, "stacks", "Machine", Metadata("Output"), "Machine.dll");

    private static string Metadata(string key) => typeof(Paths).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(a => a.Key == key).Value!;
}
