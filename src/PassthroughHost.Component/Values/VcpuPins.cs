using System.Globalization;

namespace PassthroughInfra.Component.Values;

/// <summary>
/// Which host CPUs the vCPUs run on: <c>auto</c> leaves the choice to the pinning planner, a list gives one CPU or CPU set for each vCPU
/// in turn. Source: libvirt, "Domain XML format", CPU Tuning (<c>vcpupin</c>).
/// </summary>
public sealed class VcpuPins : ITextOrListValue<VcpuPins>, IEquatable<VcpuPins>
{
    private const string AutoWord = "auto";

    private VcpuPins(bool auto, IReadOnlyList<CpuSet> sets) => (IsAuto, Sets) = (auto, sets);

    /// <inheritdoc/>
    public static string Expected => "auto, or a host CPU (or CPU set) for each vCPU in turn such as [2, 3, 4, 5] or [\"2,8\", \"3,9\"]";

    /// <inheritdoc/>
    public static string Pattern => "^auto$";

    /// <inheritdoc/>
    public static string ItemPattern => CpuSet.Pattern;

    /// <summary>The planner chooses.</summary>
    public static VcpuPins Auto { get; } = new(true, []);

    /// <summary>Whether the planner chooses.</summary>
    public bool IsAuto { get; }

    /// <summary>The host CPUs of each vCPU; empty where the planner chooses.</summary>
    public IReadOnlyList<CpuSet> Sets { get; }

    /// <inheritdoc/>
    public IReadOnlyList<string>? Items => IsAuto ? null : [.. Sets.Select(s => s.ToString())];

    /// <summary>One host CPU for each vCPU.</summary>
    public static VcpuPins Of(IEnumerable<int> cpus) => new(false, [.. cpus.Select(c => new CpuSet([c]))]);

    /// <inheritdoc/>
    public static bool TryRead(string text, out VcpuPins value)
    {
        value = Auto;
        return text == AutoWord;
    }

    /// <inheritdoc/>
    public static bool TryReadList(IReadOnlyList<string> items, out VcpuPins value)
    {
        var sets = new List<CpuSet>();
        value = Auto;
        foreach (var item in items)
        {
            if (!CpuSet.TryRead(item, out var set))
            {
                return false;
            }

            sets.Add(set);
        }

        value = new(false, sets);
        return sets.Count > 0;
    }

    /// <inheritdoc/>
    public bool Equals(VcpuPins? other) => other is not null && IsAuto == other.IsAuto && Sets.SequenceEqual(other.Sets);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as VcpuPins);

    /// <inheritdoc/>
    public override int GetHashCode() => Sets.Aggregate(IsAuto ? 1 : 0, HashCode.Combine);

    /// <inheritdoc/>
    public override string ToString() => IsAuto ? AutoWord : string.Create(CultureInfo.InvariantCulture, $"[{string.Join(", ", Sets)}]");
}
