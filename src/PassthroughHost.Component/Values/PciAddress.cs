using System.Globalization;
using System.Text.RegularExpressions;

namespace PassthroughInfra.Component.Values;

/// <summary>
/// The address of a PCI function: domain, bus, device (slot) and function, as in sysfs (<c>0000:01:00.0</c>). The domain may be left
/// out where it is 0, as <c>lspci</c> does. Firmware numbers domains with four digits; the kernel numbers those of emulated host bridges
/// (Intel VMD, <c>10000:e1:00.0</c>) from 10000 to 7fffffff. Source: Linux <c>Documentation/PCI/sysfs-pci.rst</c>,
/// <c>drivers/pci/controller/vmd.c</c>.
/// </summary>
public readonly partial record struct PciAddress(int Domain, int Bus, int Device, int Function)
    : ITextValue<PciAddress>, IComparable<PciAddress>
{
    /// <inheritdoc/>
    public static string Expected => "a PCI address such as \"01:00.0\" or \"0000:01:00.0\", as lspci -D shows it, in quotes";

    /// <inheritdoc/>
    public static string Pattern => "^(([0-9a-fA-F]{4,7}|[0-7][0-9a-fA-F]{7}):)?[0-9a-fA-F]{2}:[01][0-9a-fA-F]\\.[0-7]$";

    /// <summary>The address without the function: all functions of one card in one slot share it.</summary>
    public string Slot => $"{Domain:x4}:{Bus:x2}:{Device:x2}";

    /// <summary>As <c>lspci</c> writes it: without the domain where that is 0.</summary>
    public string Brief => Domain == 0 ? $"{Bus:x2}:{Device:x2}.{Function:x}" : ToString();

    /// <summary>Whether the domain is not the firmware's but the kernel's own, of an emulated host bridge such as Intel VMD.</summary>
    public bool IsBehindEmulatedBridge => Domain > 0xffff;

    /// <summary>Reads an address that is known to be one.</summary>
    /// <exception cref="FormatException">The text is no PCI address.</exception>
    public static PciAddress Parse(string text) =>
        TryRead(text, out var value) ? value : throw new FormatException($"'{text}' is not {Expected}.");

    /// <inheritdoc/>
    public static bool TryRead(string text, out PciAddress value)
    {
        var match = Form().Match(text);
        value = match.Success ? new(Hex(match, "domain"), Hex(match, "bus"), Hex(match, "device"), Hex(match, "function")) : default;
        return match.Success;
    }

    /// <inheritdoc/>
    public int CompareTo(PciAddress other) =>
        (Domain, Bus, Device, Function).CompareTo((other.Domain, other.Bus, other.Device, other.Function));

    /// <summary>As sysfs writes it: <c>0000:01:00.0</c>.</summary>
    public override string ToString() => $"{Slot}.{Function:x}";

    private static int Hex(Match match, string group) =>
        match.Groups[group].Success ? int.Parse(match.Groups[group].Value, NumberStyles.HexNumber, CultureInfo.InvariantCulture) : 0;

    [GeneratedRegex("^((?<domain>[0-9a-fA-F]{4,7}|[0-7][0-9a-fA-F]{7}):)?(?<bus>[0-9a-fA-F]{2}):(?<device>[01][0-9a-fA-F])\\.(?<function>[0-7])$")]
    private static partial Regex Form();
}
