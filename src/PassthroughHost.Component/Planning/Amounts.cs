namespace PassthroughInfra.Component.Planning;

/// <summary>Amounts for people.</summary>
internal static class Amounts
{
    /// <summary><c>12 GiB</c>, <c>3.5 GiB</c>, <c>512 MiB</c>.</summary>
    public static string OfKiB(long kib) =>
        kib >= 10 * 1048576 ? $"{kib / 1048576} GiB" : kib >= 1048576 ? $"{kib / 1048576.0:0.#} GiB" : $"{kib / 1024} MiB";
}
