using System.Collections.Immutable;
using System.ComponentModel;
using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text;

namespace PassthroughInfra.Engine.Processes;

/// <summary>What to start, and with what.</summary>
/// <param name="Program">The program, by path or by name.</param>
/// <param name="Arguments">Its arguments; they can be seen by everyone on the machine, so no secrets.</param>
internal sealed record ChildCommand(string Program, ImmutableArray<string> Arguments)
{
    /// <summary>Its whole environment; null gives it this process's without the passphrase.</summary>
    public IReadOnlyDictionary<string, string>? Environment { get; init; }

    /// <summary>Its working directory; null gives it this process's.</summary>
    public string? Directory { get; init; }

    /// <summary>Its standard input; null or empty is an input that is at its end.</summary>
    public string? Stdin { get; init; }

    /// <summary>Whether it, and all that it started in its process group, is killed when this process ends, kill -9 included.</summary>
    public bool EndsWithThisProcess { get; init; }
}

/// <summary>How a process ended. A process that a signal ended has 128 plus the signal's number as its exit code, as in a shell.</summary>
internal sealed record ChildOutcome(int ExitCode, OutputCapture Output);

/// <summary>
/// A process with a session and process group of its own: Ctrl-C on the terminal does not reach it (the engine decides what stops), it
/// has no terminal to ask on, and it is ended together with everything it started.
/// </summary>
internal sealed class ChildProcess : IDisposable
{
    private const int SigTerm = 15;
    private const int SigKill = 9;
    private static readonly TimeSpan KillGrace = TimeSpan.FromSeconds(2);

    private readonly Process process;

    private ChildProcess(Process process) => this.process = process;

    public Stream Stdin => process.StandardInput.BaseStream;

    public Stream Stdout => process.StandardOutput.BaseStream;

    public Stream Stderr => process.StandardError.BaseStream;

    /// <summary>Its process group, which is its own.</summary>
    public int Group => process.Id;

    public bool HasExited => process.HasExited;

    public int ExitCode => process.ExitCode;

    /// <summary>Starts a process with pipes for its three streams.</summary>
    /// <exception cref="Win32Exception">The working directory does not exist, or setsid does not.</exception>
    public static ChildProcess Start(ChildCommand command)
    {
        // setsid(1) of util-linux does not fork here: a fresh child is never the leader of a process group, so the pid stays.
        var start = new ProcessStartInfo("setsid")
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
            WorkingDirectory = command.Directory ?? "",
        };
        start.ArgumentList.Add("--");
        start.ArgumentList.Add(command.Program);
        foreach (var argument in command.Arguments)
            start.ArgumentList.Add(argument);
        start.Environment.Clear();
        foreach (var (name, value) in command.Environment ?? ChildEnvironment.Inherited())
            start.Environment[name] = value;
        return new(Process.Start(start)!);
    }

    /// <summary>Runs a process to its end.</summary>
    /// <param name="onLine">Takes each line of output while the process runs.</param>
    /// <param name="kill">Ends the process and all it started, first politely.</param>
    /// <exception cref="OperationCanceledException">It was killed.</exception>
    public static async Task<ChildOutcome> RunAsync(ChildCommand command, Action<OutputPipe, string>? onLine, CancellationToken kill)
    {
        kill.ThrowIfCancellationRequested();
        using var child = Start(command.EndsWithThisProcess
            ? command with { Program = "/bin/sh", Arguments = ["-c", ScriptKeeper.Gate, "sh", command.Program, .. command.Arguments] }
            : command);
        if (!command.EndsWithThisProcess)
            return await FinishAsync(child, command.Stdin, onLine, kill).ConfigureAwait(false);
        try
        {
            await ScriptKeeper.AddAsync(child.Group).ConfigureAwait(false);
        }
        catch
        {
            await child.EndAsync().ConfigureAwait(false);
            throw;
        }
        try
        {
            return await FinishAsync(child, ScriptKeeper.Word + command.Stdin, onLine, kill).ConfigureAwait(false);
        }
        finally
        {
            await ScriptKeeper.RemoveAsync(child.Group).ConfigureAwait(false);
        }
    }

    private static async Task<ChildOutcome> FinishAsync(ChildProcess child, string? stdin, Action<OutputPipe, string>? onLine, CancellationToken kill)
    {
        var output = new OutputCapture();
        var streams = Task.WhenAll(
            child.FeedAsync(stdin),
            PumpAsync(child.Stdout, OutputPipe.Stdout, output, onLine),
            PumpAsync(child.Stderr, OutputPipe.Stderr, output, onLine));
        try
        {
            await child.WaitAsync(kill).ConfigureAwait(false);
            await streams.WaitAsync(kill).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            await child.EndAsync().ConfigureAwait(false);
            throw;
        }
        return new(child.ExitCode, output);
    }

    public Task WaitAsync(CancellationToken cancellation) => process.WaitForExitAsync(cancellation);

    /// <summary>Ends the process group: asks first, and ends what is still there after a short while.</summary>
    public async Task EndAsync()
    {
        SignalGroup(SigTerm);
        using var grace = new CancellationTokenSource(KillGrace);
        try
        {
            await WaitAsync(grace.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            SignalGroup(SigKill);
            await WaitAsync(CancellationToken.None).ConfigureAwait(false);
        }
        SignalGroup(SigKill);
    }

    public void Dispose() => process.Dispose();

    internal static async Task PumpAsync(Stream from, OutputPipe which, OutputCapture output, Action<OutputPipe, string>? onLine)
    {
        var lines = onLine is null ? null : new LineSplitter(line => onLine(which, line));
        var buffer = new byte[32 * 1024];
        int count;
        while ((count = await from.ReadAsync(buffer).ConfigureAwait(false)) > 0)
        {
            output.Add(which, buffer.AsSpan(0, count));
            lines?.Add(buffer.AsSpan(0, count));
        }
        lines?.Finish();
    }

    private async Task FeedAsync(string? text)
    {
        try
        {
            if (!string.IsNullOrEmpty(text))
                await Stdin.WriteAsync(Encoding.UTF8.GetBytes(text)).ConfigureAwait(false);
            Stdin.Close();
        }
        catch (IOException)
        {
            // The process ended, or closed its input, without reading it all; how it ended says whether that is an error.
        }
    }

    private void SignalGroup(int signal) => _ = Kill(-process.Id, signal);

    [DllImport("libc", EntryPoint = "kill")]
    private static extern int Kill(int processId, int signal);
}
