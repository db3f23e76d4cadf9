using System.CommandLine;

namespace PassthroughInfra.Cli.Verbs;

/// <summary>Verbs that the launcher script carries out itself; they are here so that <c>--help</c> names them.</summary>
internal static class LauncherVerbs
{
    /// <summary><c>lab</c>: lab/lab.sh.</summary>
    public static Command Lab()
    {
        var command = new Command("lab", "The virtual passthrough host: up, down, reset, status, ssh. See 'passthrough lab --help'.") { TreatUnmatchedTokensAsErrors = false };
        command.SetAction(_ =>
        {
            Console.Error.WriteLine("error: 'lab' is carried out by the launcher: run ./passthrough lab …, in the project's directory.");
            return ExitCodes.Error;
        });
        return command;
    }
}
