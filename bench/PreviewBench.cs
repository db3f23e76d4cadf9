namespace PassthroughInfra.Bench;

/// <summary>A warm preview, which reads the host once, against what one bare command over SSH takes on the same way.</summary>
internal static class PreviewBench
{
    private const int Runs = 9;
    private const double AllowedRatio = 3;
    private const double AllowedMegabytes = 150;

    /// <param name="target">The name of a lab, or <c>loopback</c> for an sshd that is started on this machine.</param>
    public static async Task<bool> RunAsync(string target)
    {
        var isLab = target != "loopback";
        using var host = isLab ? BenchHost.Lab(target) : BenchHost.Loopback();
        var ssh = await Measured.MedianAsync(Runs, host.Project, withMemory: false, mayFail: false, [.. host.Ssh, "true"]);
        // Where this machine is a container, it is read and then refused: the work is the same up to there.
        var mayFail = !isLab;
        string[] preview = ["dotnet", Paths.Cli, "preview", "--stack", host.Stack];
        var timed = await Measured.MedianAsync(Runs, host.Project, withMemory: false, mayFail, preview);
        var sized = await Measured.MedianAsync(2, host.Project, withMemory: true, mayFail, preview);
        var ratio = timed.Wall / ssh.Wall;
        Console.WriteLine($"ssh true ({target}):  {ssh.Wall.TotalSeconds:0.00} s");
        Console.WriteLine($"preview ({target}):   {timed.Wall.TotalSeconds:0.00} s, processor {timed.Cpu.TotalSeconds:0.00} s: {ratio:0.0} times ssh (at most {AllowedRatio} on the lab: {Verdict(ratio <= AllowedRatio)})");
        Console.WriteLine($"memory, engine and program and ssh together: {sized.PeakMegabytes:0} MB (at most {AllowedMegabytes}: {Verdict(sized.PeakMegabytes <= AllowedMegabytes)})");
        // A loopback connection is made in no time; what a preview is held against there says nothing of a real host.
        return sized.PeakMegabytes <= AllowedMegabytes && (!isLab || ratio <= AllowedRatio);
    }

    private static string Verdict(bool good) => good ? "yes" : "NO";
}
