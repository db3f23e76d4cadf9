using System.Diagnostics;
using System.Text;
using PassthroughInfra.Cli.Display;

namespace PassthroughInfra.Cli.Rehearsal;

/// <summary>
/// Runs commands as the operator would type them, showing what they print. Each has a session of its own, so that Ctrl-C reaches this program alone,
/// which then ends the command: the same for a signal from a terminal, from a service manager or from CI.
/// </summary>
/// <param name="directory">Where they run.</param>
/// <param name="environment">Variables that they get, or, with null, do not get.</param>
internal sealed class Shell(string directory, IReadOnlyDictionary<string, string?> environment)
{
    // What a rehearsal makes is thrown away: a command is asked to end, and is not waited for long.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(3);

    // Somebody watches: a command that says nothing for so long is told to be at it still.
    private static readonly TimeSpan Silence = TimeSpan.FromSeconds(8);

    /// <summary>Runs a command with its output on the screen, indented, and returns exit code and output.</summary>
    /// <exception cref="OperationCanceledException">It was stopped; it and all that it started have ended.</exception>
    public async Task<(int Code, string Output)> RunAsync(string program, IReadOnlyList<string> arguments, bool show, CancellationToken stopping)
    {
        stopping.ThrowIfCancellationRequested();
        var start = new ProcessStartInfo("setsid", [program, .. arguments])
        {
            WorkingDirectory = directory,
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
        using var heard = new Heard(show);
        var reading = Task.WhenAll(CopyAsync(process.StandardOutput, output, heard), CopyAsync(process.StandardError, output, heard));
        try
        {
            await process.WaitForExitAsync(stopping);
        }
        catch (OperationCanceledException)
        {
            await EndAsync(process);
            throw;
        }

        await reading;
        return (process.ExitCode, output.ToString());
    }

    private static async Task EndAsync(Process process)
    {
        await SignalAsync("INT", process.Id);
        using var patience = new CancellationTokenSource(Patience);
        try
        {
            await process.WaitForExitAsync(patience.Token);
        }
        catch (OperationCanceledException)
        {
            // It goes on; what it started goes with it.
        }

        await SignalAsync("KILL", process.Id);
        await process.WaitForExitAsync(CancellationToken.None);
    }

    // To the whole process group, which has the number of its leader.
    private static async Task SignalAsync(string signal, int group)
    {
        using var kill = Process.Start(new ProcessStartInfo("/bin/sh", ["-c", $"kill -s {signal} -- -{group} 2>/dev/null"]))!;
        await kill.WaitForExitAsync();
    }

    private static async Task CopyAsync(StreamReader from, StringBuilder to, Heard heard)
    {
        while (await from.ReadLineAsync() is { } line)
        {
            lock (to)
            {
                to.AppendLine(line);
                heard.Line(line);
            }
        }
    }

    /// <summary>Shows what a command prints, and that it is still at work when it prints nothing.</summary>
    private sealed class Heard : IDisposable
    {
        private readonly Stopwatch watch = Stopwatch.StartNew();
        private readonly Timer? timer;

        public Heard(bool show)
        {
            if (show)
            {
                timer = new(_ => Console.WriteLine($"  │ … ({Durations.Whole(watch.Elapsed)})"), null, Silence, Silence);
            }
        }

        public void Line(string line)
        {
            if (timer is not null)
            {
                Console.WriteLine("  │ " + line);
                timer.Change(Silence, Silence);
            }
        }

        public void Dispose() => timer?.Dispose();
    }
}
