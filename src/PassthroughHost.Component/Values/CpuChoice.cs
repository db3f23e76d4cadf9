namespace PassthroughInfra.Component.Values;

/// <summary>CPUs that are named, or left to the planner: <c>auto</c>, <c>2-5</c>.</summary>
public sealed record CpuChoice : ITextValue<CpuChoice>
{
    private const string AutoWord = "auto";

    private CpuChoice(CpuSet? cpus) => Cpus = cpus;

    /// <inheritdoc/>
    public static string Expected => $"auto, or {CpuSet.Expected}";

    /// <inheritdoc/>
    public static string Pattern => $"^({AutoWord}|{CpuSet.Pattern[1..^1]})$";

    /// <summary>The planner chooses.</summary>
    public static CpuChoice Auto { get; } = new((CpuSet?)null);

    /// <summary>The CPUs; null where the planner chooses.</summary>
    public CpuSet? Cpus { get; }

    /// <summary>Exactly these CPUs.</summary>
    public static CpuChoice Of(CpuSet cpus) => new(cpus);

    /// <inheritdoc/>
    public static bool TryRead(string text, out CpuChoice value)
    {
        value = Auto;
        if (text == AutoWord)
        {
            return true;
        }

        var valid = CpuSet.TryRead(text, out var cpus);
        value = valid ? new(cpus) : Auto;
        return valid;
    }

    /// <inheritdoc/>
    public override string ToString() => Cpus?.ToString() ?? AutoWord;
}
