namespace PassthroughInfra.Component.Concerns.Guest;

/// <summary>One thing in which two domain documents differ in meaning.</summary>
/// <param name="Path">Where: <c>devices/hostdev[01:00.0]</c>, <c>cputune/vcpupin[2]</c>, <c>devices/disk[vda]/driver/@cache</c>.</param>
/// <param name="Live">What is there; null where nothing is, empty where an element is.</param>
/// <param name="Wanted">What is to be there; null where nothing is, empty where an element is.</param>
public sealed record DomainDifference(string Path, string? Live, string? Wanted)
{
    /// <summary>For people: <c>devices/hostdev[01:00.0]: missing</c>, <c>cputune/vcpupin[2]: 3 -> 4</c>.</summary>
    public override string ToString() => (Live, Wanted) switch
    {
        (null, "") => $"{Path}: missing",
        ("", null) => $"{Path}: not wanted",
        _ => $"{Path}: {Live ?? "(none)"} -> {Wanted ?? "(none)"}",
    };
}
