using System.Diagnostics;
using System.Text;

namespace PassthroughInfra.EndToEnd.Tests.Fixture;

/// <summary>The command line while it runs.</summary>
internal sealed class CliRun
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(90);

    private readonly Process process;
    private readonly StringBuilder output = new();
    private readonly StringBuilder errors = new();

    /// <param name="input">What it reads from its standard input.</param>
    public CliRun(ProcessStartInfo start, string input)
    {
        process = Process.Start(start)!;
        process.StandardInput.Write(input);
        process.StandardInput.Close();
        process.OutputDataReceived += (_, line) => Add(output, line.Data);
        process.ErrorDataReceived += (_, line) => Add(errors, line.Data);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
    }

    public int Id => process.Id;

    public bool HasExited => process.HasExited;

    /// <summary>What it has written so far to standard output.</summary>
    public string Output
    {
        get
        {
            lock (output)
                return output.ToString();
        }
    }

    /// <summary>What it has written so far to standard error.</summary>
    public string Errors
    {
        get
        {
            lock (errors)
                return errors.ToString();
        }
    }

    /// <summary>Ends it with SIGKILL: it alone, with no chance to do anything.</summary>
    public void KillHard() => process.Kill();

    /// <summary>Sends what Ctrl-C sends.</summary>
    public void Interrupt()
    {
        using var kill = Process.Start("kill", ["-INT", $"{process.Id}"]);
        kill.WaitForExit();
        Assert.Equal(0, kill.ExitCode);
    }

    public async Task<CliResult> WaitAsync()
    {
        using var limit = new CancellationTokenSource(Patience);
        try
        {
            await process.WaitForExitAsync(limit.Token);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            Assert.Fail($"It did not end within {Patience.TotalSeconds} s. It wrote:\n{Output}{Errors}");
        }
        return new(process.ExitCode, Output, Errors);
    }

    private static void Add(StringBuilder to, string? line)
    {
        lock (to)
            to.Append(line is null ? "" : line + "\n");
    }
}

/// <summary>How the command line ended, and what it wrote.</summary>
internal sealed record CliResult(int ExitCode, string Output, string Errors)
{
    public string All => Output + Errors;

    /// <summary>This, if it ended with <paramref name="code"/>; else a failed test that shows what was written.</summary>
    public CliResult Exited(int code)
    {
        Assert.True(ExitCode == code, $"exit code {ExitCode} instead of {code}:\n{All}");
        return this;
    }
}
