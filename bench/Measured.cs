using System.Diagnostics;
using System.Globalization;

namespace PassthroughInfra.Bench;

/// <summary>What one run of a command took.</summary>
/// <param name="Wall">From its start to its end.</param>
/// <param name="Cpu">Processor time of it and everything it started and waited for, in user and kernel.</param>
/// <param name="PeakMegabytes">The most memory that it and its descendants held at once, sampled.</param>
internal sealed record Measured(TimeSpan Wall, TimeSpan Cpu, double PeakMegabytes)
{
    private static readonly TimeSpan Sample = TimeSpan.FromMilliseconds(20);

    /// <summary>Runs a command to its end.</summary>
    /// <param name="withMemory">Whether to sample memory, which costs processor time of its own.</param>
    /// <param name="mayFail">Whether exit code 1 is as good as 0.</param>
    /// <exception cref="InvalidOperationException">It failed.</exception>
    public static async Task<Measured> RunAsync(string directory, bool withMemory, bool mayFail, params string[] command)
    {
        // bash's own clock counts the processor time of all that was waited for, which no API of .NET does.
        var start = new ProcessStartInfo("bash", ["-c", "TIMEFORMAT='bench: %R %U %S'; time \"$@\" 2>&1 | tail -n 20 >&2; exit ${PIPESTATUS[0]}", "bash", .. command])
        {
            WorkingDirectory = directory,
            RedirectStandardError = true,
            RedirectStandardInput = true,
        };
        start.Environment["PULUMI_CONFIG_PASSPHRASE"] = "";
        start.Environment["DOTNET_TieredPGO"] = "0";
        using var process = Process.Start(start)!;
        process.StandardInput.Close();
        var errors = process.StandardError.ReadToEndAsync();
        var peak = 0.0;
        while (withMemory && !process.HasExited)
        {
            peak = Math.Max(peak, ProcessTree.Megabytes(process.Id));
            await Task.Delay(Sample);
        }
        await process.WaitForExitAsync();
        var said = await errors;
        var clock = said.Split('\n').LastOrDefault(l => l.StartsWith("bench: ", StringComparison.Ordinal))?.Split(' ');
        if ((process.ExitCode != 0 && !(mayFail && process.ExitCode == 1)) || clock is null)
            throw new InvalidOperationException($"{string.Join(' ', command)} ended with exit code {process.ExitCode}:\n{said}");
        return new(Seconds(clock[1]), Seconds(clock[2]) + Seconds(clock[3]), peak);
    }

    /// <summary>The run in the middle of several, by its wall time; the first one, which warms the disk's cache, is left out.</summary>
    public static async Task<Measured> MedianAsync(int runs, string directory, bool withMemory, bool mayFail, params string[] command)
    {
        await RunAsync(directory, withMemory: false, mayFail, command);
        var all = new List<Measured>();
        for (var i = 0; i < runs; i++)
            all.Add(await RunAsync(directory, withMemory, mayFail, command));
        return all.OrderBy(m => m.Wall).ElementAt(runs / 2) with { PeakMegabytes = all.Max(m => m.PeakMegabytes) };
    }

    private static TimeSpan Seconds(string text) => TimeSpan.FromSeconds(double.Parse(text, CultureInfo.InvariantCulture));
}
