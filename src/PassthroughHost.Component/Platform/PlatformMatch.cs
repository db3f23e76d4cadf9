namespace PassthroughInfra.Component.Platform;

/// <summary>Which adapter fits a host, as its facts tell.</summary>
/// <typeparam name="T">The kind of adapter.</typeparam>
/// <param name="Adapter">The one that fits; where that is not certain, the one that an update would take; null where none fits.</param>
/// <param name="Seen">What was found.</param>
/// <param name="Remedy">What to do where none fits, or where that is not certain.</param>
internal sealed record PlatformMatch<T>(T? Adapter, string Seen, string Remedy = "")
    where T : class
{
    /// <summary>Whether it cannot be told whether the adapter is the right one.</summary>
    public bool IsUncertain { get; init; }
}
