using System.Text.RegularExpressions;

namespace PassthroughInfra.Component.Values;

/// <summary>A PCI vendor and device ID, <c>10de:1f82</c>, as <c>lspci -n</c> shows it and <c>vfio-pci.ids=</c> takes it.</summary>
public readonly partial record struct PciId : ITextValue<PciId>
{
    private readonly string? _text;

    private PciId(string text) => _text = text;

    /// <inheritdoc/>
    public static string Expected => "a vendor:device ID such as \"10de:1f82\" (four hexadecimal digits each, as lspci -nn shows them), in quotes";

    /// <inheritdoc/>
    public static string Pattern => "^[0-9a-fA-F]{4}:[0-9a-fA-F]{4}$";

    /// <summary>The vendor's four hexadecimal digits.</summary>
    public string Vendor => ToString()[..4];

    /// <summary>Reads an ID that is known to be one.</summary>
    /// <exception cref="FormatException">The text is no ID.</exception>
    public static PciId Parse(string text) =>
        TryRead(text, out var value) ? value : throw new FormatException($"'{text}' is not {Expected}.");

    /// <inheritdoc/>
    public static bool TryRead(string text, out PciId value)
    {
        var valid = Form().IsMatch(text);
        value = valid ? new(text.ToLowerInvariant()) : default;
        return valid;
    }

    /// <inheritdoc/>
    public override string ToString() => _text ?? "0000:0000";

    [GeneratedRegex("^[0-9a-fA-F]{4}:[0-9a-fA-F]{4}$")]
    private static partial Regex Form();
}
