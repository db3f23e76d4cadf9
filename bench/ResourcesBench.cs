namespace PassthroughInfra.Bench;

/// <summary>What an unchanged resource costs: the same update of a stack with many and of one with a single one, divided by their number.</summary>
internal static class ResourcesBench
{
    private const int Many = 5_000;
    private const int Runs = 5;
    private const double AllowedMilliseconds = 1;

    public static async Task<bool> RunAsync()
    {
        var one = await MeasureAsync(1);
        var many = await MeasureAsync(Many);
        var (wall, cpu) = ((many.Wall - one.Wall).TotalMilliseconds / Many, (many.Cpu - one.Cpu).TotalMilliseconds / Many);
        Console.WriteLine($"up, 1 resource:      {one.Wall.TotalSeconds:0.00} s, processor {one.Cpu.TotalSeconds:0.00} s, memory {one.PeakMegabytes:0} MB");
        Console.WriteLine($"up, {Many} resources: {many.Wall.TotalSeconds:0.00} s, processor {many.Cpu.TotalSeconds:0.00} s, memory {many.PeakMegabytes:0} MB");
        // The wall's time is that of whatever else runs on the machine too.
        var good = cpu <= AllowedMilliseconds;
        Console.WriteLine($"an unchanged resource: processor {cpu:0.00} ms (at most {AllowedMilliseconds} ms: {(good ? "yes" : "NO")}), wall {wall:0.00} ms");
        return good;
    }

    private static async Task<Measured> MeasureAsync(int count)
    {
        var directory = Directory.CreateTempSubdirectory("bench-").FullName;
        try
        {
            File.WriteAllText(Path.Combine(directory, "Pulumi.yaml"), $"name: e2e\nruntime:\n  name: dotnet\n  options:\n    binary: {Paths.Program}\n");
            File.WriteAllText(Path.Combine(directory, "Pulumi.dev.yaml"), $"config:\n  e2e:resources: [{{ Name: r, Repeat: {count}, Local: true, Create: \"\" }}]\n");
            string[] up = ["dotnet", Paths.Cli, "up", "--stack", "dev", "--yes", "--skip-preview"];
            await Measured.RunAsync(directory, withMemory: false, mayFail: false, up);
            var timed = await Measured.MedianAsync(Runs, directory, withMemory: false, mayFail: false, [.. up, "--expect-no-changes"]);
            var sized = await Measured.RunAsync(directory, withMemory: true, mayFail: false, [.. up, "--expect-no-changes"]);
            return timed with { PeakMegabytes = sized.PeakMegabytes };
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }
}
