using System.Globalization;

namespace PassthroughInfra.Component.Values;

/// <summary>Measured amounts of memory and disk for people, to two or three digits. What a user wrote is shown as a <see cref="MemorySize"/>.</summary>
public static class Amounts
{
    private const long MiB = 1024;
    private const long GiB = 1048576;

    /// <summary><c>12 GiB</c>, <c>3.5 GiB</c>, <c>512 MiB</c>, <c>16 KiB</c>.</summary>
    /// <param name="kib">The amount in KiB.</param>
    public static string OfKiB(long kib) =>
        kib >= 10 * GiB ? $"{kib / GiB} GiB"
        : kib >= GiB ? $"{(kib / (double)GiB).ToString("0.#", CultureInfo.InvariantCulture)} GiB"
        : kib >= MiB || kib == 0 ? $"{kib / MiB} MiB"
        : $"{kib} KiB";
}
