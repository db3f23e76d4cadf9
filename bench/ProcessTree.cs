using System.Globalization;

namespace PassthroughInfra.Bench;

/// <summary>A process with all its descendants.</summary>
internal static class ProcessTree
{
    /// <summary>
    /// The memory they hold: what each has alone, and what the one that shares most shares, which is much the same for all of them (the
    /// runtime). Other processes on the machine that share it too make no difference (proc(5), smaps_rollup).
    /// </summary>
    public static double Megabytes(int root)
    {
        var parents = new Dictionary<int, int>();
        foreach (var directory in Directory.GetDirectories("/proc"))
        {
            if (int.TryParse(Path.GetFileName(directory), out var pid) && Read(Path.Combine(directory, "stat")) is { } stat)
                parents[pid] = int.Parse(stat[(stat.LastIndexOf(')') + 2)..].Split(' ')[1], CultureInfo.InvariantCulture);
        }
        var all = parents.Keys.Where(p => IsBelow(p, root, parents)).Select(Kilobytes).ToArray();
        return (all.Sum(m => m.Own) + all.Select(m => m.Shared).DefaultIfEmpty(0).Max()) / 1024.0;
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

    private static (long Own, long Shared) Kilobytes(int pid)
    {
        var lines = (Read($"/proc/{pid}/smaps_rollup") ?? "").Split('\n');
        return (Sum("Private_"), Sum("Shared_"));

        long Sum(string prefix) => lines.Where(l => l.StartsWith(prefix, StringComparison.Ordinal) && !l.Contains("Hugetlb", StringComparison.Ordinal))
            .Sum(l => long.Parse(l.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture));
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
