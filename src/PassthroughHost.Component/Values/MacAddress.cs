using System.Text.RegularExpressions;

namespace PassthroughInfra.Component.Values;

/// <summary>An Ethernet MAC address, <c>52:54:00:12:34:56</c>, kept in lower case.</summary>
public readonly partial record struct MacAddress : ITextValue<MacAddress>
{
    private readonly string? _text;

    private MacAddress(string text) => _text = text;

    /// <inheritdoc/>
    public static string Expected => "a unicast MAC address such as \"52:54:00:12:34:56\"";

    /// <inheritdoc/>
    public static string Pattern => "^[0-9a-fA-F][02468aceACE](:[0-9a-fA-F]{2}){5}$";

    /// <inheritdoc/>
    public static bool TryRead(string text, out MacAddress value)
    {
        var valid = Form().IsMatch(text);
        value = valid ? new(text.ToLowerInvariant()) : default;
        return valid;
    }

    /// <inheritdoc/>
    public override string ToString() => _text ?? "00:00:00:00:00:00";

    [GeneratedRegex("^[0-9a-fA-F][02468aceACE](:[0-9a-fA-F]{2}){5}$")]
    private static partial Regex Form();
}
