using System.Globalization;

namespace PassthroughInfra.Bench;

/// <summary>A process with all its descendants.</summary>
internal static class ProcessTree
{
    /// <summary>The memory they hold, proportional sets (shared pages divided among those that share them): proc(5), smaps_rollup.</summary>
    public static double Megabytes(int root)
    {
        var parents = new Dictionary<int, int>();
        foreach (var directory in Directory.GetDirectories("/proc"))
        {
            if (int.TryParse(Path.GetFileName(directory), out var pid) && Read(Path.Combine(directory, "stat")) is { } stat)
                parents[pid] = int.Parse(stat[(stat.LastIndexOf(')') + 2)..].Split(' ')[1], CultureInfo.InvariantCulture);
        }
        return parents.Keys.Where(p => IsBelow(p, root, parents)).Sum(p => Kilobytes(p)) / 1024.0;
    }

    private static bool IsBelow(int pid, int root, Dictionary<int, int> parents)
    {
        for (var at = pid; at > 1; at = parents.GetValueOrDefault(at))
        {
            if (at == root)
                return true;
        }
        return false;
    }

    private static long Kilobytes(int pid)
    {
        var line = Read($"/proc/{pid}/smaps_rollup")?.Split('\n').FirstOrDefault(l => l.StartsWith("Pss:", StringComparison.Ordinal));
        return line is null ? 0 : long.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture);
    }

    private static string? Read(string file)
    {
        try
        {
            return File.ReadAllText(file);
        }
        catch (Exception gone) when (gone is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
