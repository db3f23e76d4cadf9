using System.CommandLine;

namespace PassthroughInfra.Cli;

/// <summary>Options that every verb takes.</summary>
internal static class GlobalOptions
{
    public static readonly Option<string?> Stack = new("--stack", "-s")
    {
        Description = "The stack to work on. Otherwise PULUMI_STACK, the selected stack, or the only one there is.",
        Recursive = true,
    };

    public static readonly Option<string> Directory = new("--cwd", "-C")
    {
        Description = "The project's directory, or one within it.",
        Recursive = true,
        DefaultValueFactory = _ => Environment.CurrentDirectory,
    };
}
