using System.Diagnostics;
using System.Text;

namespace PassthroughInfra.Cli.Rehearsal;

/// <summary>Runs commands as the operator would type them, showing what they print.</summary>
internal sealed class Shell(string root, IReadOnlyDictionary<string, string?> environment, CancellationToken stopping)
{
    /// <summary>Runs a command with its output on the screen, indented, and returns exit code and output.</summary>
    public async Task<(int Code, string Output)> RunAsync(string program, IReadOnlyList<string> arguments, bool show)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            WorkingDirectory = root,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var (name, value) in environment)
        {
            start.Environment[name] = value;
        }

        using var process = Process.Start(start)!;
        process.StandardInput.Close();
        var output = new StringBuilder();
        var reading = Task.WhenAll(CopyAsync(process.StandardOutput, output, show), CopyAsync(process.StandardError, output, show));
        try
        {
            await process.WaitForExitAsync(stopping);
        }
        catch (OperationCanceledException)
        {
            // Ctrl-C reached the child too; it ends in its own time, with its state saved.
            await process.WaitForExitAsync(CancellationToken.None);
            throw;
        }

        await reading;
        return (process.ExitCode, output.ToString());
    }

    private static async Task CopyAsync(StreamReader from, StringBuilder to, bool show)
    {
        while (await from.ReadLineAsync() is { } line)
        {
            lock (to)
            {
                to.AppendLine(line);
                if (show)
                {
                    Console.WriteLine("  │ " + line);
                }
            }
        }
    }
}
