using System.Globalization;

namespace PassthroughInfra.Component.Values;

/// <summary>
/// A set of host CPU numbers in the kernel's list format: <c>2-5,8</c>. Source: Linux <c>Documentation/core-api/kernel-api</c>
/// (bitmap_parselist) and cpuset(7), "List format".
/// </summary>
public sealed class CpuSet : ITextValue<CpuSet>, IEquatable<CpuSet>
{
    private const int Highest = 8191;

    private readonly SortedSet<int> _cpus;

    /// <summary>The set of these CPUs.</summary>
    public CpuSet(IEnumerable<int> cpus) => _cpus = [.. cpus];

    /// <inheritdoc/>
    public static string Expected => "a list of CPU numbers such as \"2-5\" or \"2,3,8-11\"";

    /// <inheritdoc/>
    public static string Pattern => "^[0-9]+(-[0-9]+)?(,[0-9]+(-[0-9]+)?)*$";

    /// <summary>No CPU.</summary>
    public static CpuSet Empty { get; } = new([]);

    /// <summary>The CPU numbers, ascending.</summary>
    public IReadOnlyCollection<int> Cpus => _cpus;

    /// <summary>Whether the CPU is in the set.</summary>
    public bool Contains(int cpu) => _cpus.Contains(cpu);

    /// <summary>Reads a set that is known to be one; an empty text is the empty set.</summary>
    /// <exception cref="FormatException">The text is no CPU list.</exception>
    public static CpuSet Parse(string text) =>
        text.Length == 0 ? Empty : TryRead(text, out var value) ? value : throw new FormatException($"'{text}' is not {Expected}.");

    /// <inheritdoc/>
    public static bool TryRead(string text, out CpuSet value)
    {
        var cpus = new List<int>();
        value = Empty;
        foreach (var part in text.Split(','))
        {
            var ends = part.Split('-');
            if (ends.Length > 2
                || !int.TryParse(ends[0], NumberStyles.None, CultureInfo.InvariantCulture, out var first)
                || !int.TryParse(ends[^1], NumberStyles.None, CultureInfo.InvariantCulture, out var last)
                || last < first
                || last > Highest)
            {
                return false;
            }

            cpus.AddRange(Enumerable.Range(first, last - first + 1));
        }

        value = new(cpus);
        return true;
    }

    /// <inheritdoc/>
    public bool Equals(CpuSet? other) => other is not null && _cpus.SetEquals(other._cpus);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as CpuSet);

    /// <inheritdoc/>
    public override int GetHashCode() => _cpus.Aggregate(0, HashCode.Combine);

    /// <summary>In the kernel's list format, with ranges.</summary>
    public override string ToString()
    {
        var parts = new List<string>();
        var cpus = _cpus.ToList();
        for (var i = 0; i < cpus.Count;)
        {
            var end = i;
            while (end + 1 < cpus.Count && cpus[end + 1] == cpus[end] + 1)
            {
                end++;
            }

            parts.Add(end == i ? $"{cpus[i]}" : $"{cpus[i]}-{cpus[end]}");
            i = end + 1;
        }

        return string.Join(',', parts);
    }
}
