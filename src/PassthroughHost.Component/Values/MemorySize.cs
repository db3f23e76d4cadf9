using System.Globalization;
using System.Text.RegularExpressions;

namespace PassthroughInfra.Component.Values;

/// <summary>
/// An amount of memory or disk with its unit. Units are powers of 1024: K, M, G, T, with or without <c>iB</c> (<c>12GiB</c>,
/// <c>2M</c>). Decimal units (<c>GB</c>) are refused, because half the tools read them as binary.
/// </summary>
public readonly partial record struct MemorySize(long Bytes) : ITextValue<MemorySize>, IComparable<MemorySize>
{
    private const string Units = "KMGT";

    /// <inheritdoc/>
    public static string Expected => "an amount with a binary unit such as \"12GiB\", \"2M\" or \"512MiB\"";

    /// <inheritdoc/>
    public static string Pattern => "^[0-9]+ ?[KMGT](iB)?$";

    /// <summary>Whole KiB, the unit of /proc/meminfo and of libvirt's memory element.</summary>
    public long KiB => Bytes / 1024;

    /// <summary>Whole MiB.</summary>
    public long MiB => Bytes / (1024 * 1024);

    /// <summary>So many KiB.</summary>
    public static MemorySize FromKiB(long kib) => new(kib * 1024);

    /// <summary>Reads an amount that is known to be one.</summary>
    /// <exception cref="FormatException">The text is no amount.</exception>
    public static MemorySize Parse(string text) =>
        TryRead(text, out var value) ? value : throw new FormatException($"'{text}' is not {Expected}.");

    /// <inheritdoc/>
    public static bool TryRead(string text, out MemorySize value)
    {
        value = default;
        var match = Form().Match(text);
        if (!match.Success || !long.TryParse(match.Groups["number"].Value, NumberStyles.None, CultureInfo.InvariantCulture, out var number))
        {
            return false;
        }

        var shift = 10 * (Units.IndexOf(match.Groups["unit"].Value, StringComparison.Ordinal) + 1);
        if (number > long.MaxValue >> shift)
        {
            return false;
        }

        value = new(number << shift);
        return true;
    }

    /// <inheritdoc/>
    public int CompareTo(MemorySize other) => Bytes.CompareTo(other.Bytes);

    /// <summary>In the largest unit that divides it: <c>12GiB</c>.</summary>
    public override string ToString()
    {
        var (number, unit) = (Bytes / 1024, 0);
        while (number != 0 && number % 1024 == 0 && unit < Units.Length - 1)
        {
            (number, unit) = (number / 1024, unit + 1);
        }

        return $"{number}{Units[unit]}iB";
    }

    [GeneratedRegex("^(?<number>[0-9]+) ?(?<unit>[KMGT])(iB)?$")]
    private static partial Regex Form();
}
