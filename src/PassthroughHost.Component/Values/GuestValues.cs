using System.Globalization;
using System.Text.RegularExpressions;

namespace PassthroughInfra.Component.Values;

/// <summary>A guest's name: libvirt's domain name, and part of the file names of its NVRAM and log. Source: libvirt, "Domain XML format", General metadata.</summary>
public readonly partial record struct GuestName : ITextValue<GuestName>
{
    private readonly string? _text;

    private GuestName(string text) => _text = text;

    /// <inheritdoc/>
    public static string Expected => "a guest's name such as \"win10\": at most 50 letters, digits, '-', '_' and '.', beginning with a letter or digit";

    /// <inheritdoc/>
    public static string Pattern => "^[A-Za-z0-9][A-Za-z0-9_.-]{0,49}$";

    /// <inheritdoc/>
    public static bool TryRead(string text, out GuestName value)
    {
        var valid = Form().IsMatch(text);
        value = valid ? new(text) : default;
        return valid;
    }

    /// <inheritdoc/>
    public override string ToString() => _text ?? "";

    [GeneratedRegex("^[A-Za-z0-9][A-Za-z0-9_.-]{0,49}\\z")]
    private static partial Regex Form();
}

/// <summary>A guest's UUID, in the form libvirt writes it: lower case with hyphens. Source: RFC 9562.</summary>
public readonly record struct GuestUuid(Guid Value) : ITextValue<GuestUuid>
{
    /// <inheritdoc/>
    public static string Expected => "a UUID such as \"6f1d3a54-8c1e-5b7a-9d53-0c4b2e7a9f10\"";

    /// <inheritdoc/>
    public static string Pattern => "^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$";

    /// <inheritdoc/>
    public static bool TryRead(string text, out GuestUuid value)
    {
        var valid = Guid.TryParseExact(text, "D", out var guid) && guid != Guid.Empty;
        value = valid ? new(guid) : default;
        return valid;
    }

    /// <inheritdoc/>
    public override string ToString() => Value.ToString("D");
}

/// <summary>The absolute path of a file or device on the host.</summary>
public readonly record struct HostPath : ITextValue<HostPath>, IComparable<HostPath>
{
    private readonly string? _text;

    private HostPath(string text) => _text = text;

    /// <inheritdoc/>
    public static string Expected => "an absolute path on the host such as \"/var/lib/libvirt/images/win10.qcow2\", without \"..\"";

    /// <inheritdoc/>
    public static string Pattern => "^/[^\\u0000-\\u001f\\u007f]*[^\\u0000-\\u001f\\u007f/]$";

    /// <inheritdoc/>
    public static bool TryRead(string text, out HostPath value)
    {
        var valid = text.Length > 1
            && text[0] == '/'
            && text[^1] != '/'
            && !text.Any(char.IsControl)
            && !text.Split('/').Any(p => p is "." or "..");
        value = valid ? new(text) : default;
        return valid;
    }

    /// <inheritdoc/>
    public int CompareTo(HostPath other) => string.CompareOrdinal(ToString(), other.ToString());

    /// <inheritdoc/>
    public override string ToString() => _text ?? "";
}

/// <summary>Vendor and product of a USB device, as <c>lsusb</c> shows them: <c>046d:c52b</c>.</summary>
public readonly partial record struct UsbId(int Vendor, int Product) : ITextValue<UsbId>
{
    /// <inheritdoc/>
    public static string Expected => "a USB vendor:product such as \"046d:c52b\", as lsusb shows it, in quotes";

    /// <inheritdoc/>
    public static string Pattern => "^[0-9a-fA-F]{4}:[0-9a-fA-F]{4}$";

    /// <inheritdoc/>
    public static bool TryRead(string text, out UsbId value)
    {
        var valid = Form().IsMatch(text);
        value = valid ? new(Hex(text[..4]), Hex(text[5..])) : default;
        return valid;
    }

    /// <inheritdoc/>
    public override string ToString() => $"{Vendor:x4}:{Product:x4}";

    private static int Hex(string digits) => int.Parse(digits, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);

    [GeneratedRegex("^[0-9a-fA-F]{4}:[0-9a-fA-F]{4}\\z")]
    private static partial Regex Form();
}

/// <summary>A SHA-256 digest in hexadecimal, as <c>sha256sum</c> prints it.</summary>
public readonly partial record struct Sha256Digest : ITextValue<Sha256Digest>
{
    private readonly string? _text;

    private Sha256Digest(string text) => _text = text;

    /// <inheritdoc/>
    public static string Expected => "a SHA-256 digest: 64 hexadecimal digits, as sha256sum prints it";

    /// <inheritdoc/>
    public static string Pattern => "^[0-9a-fA-F]{64}$";

    /// <inheritdoc/>
    public static bool TryRead(string text, out Sha256Digest value)
    {
        var valid = Form().IsMatch(text);
        value = valid ? new(text.ToLowerInvariant()) : default;
        return valid;
    }

    /// <inheritdoc/>
    public override string ToString() => _text ?? "";

    [GeneratedRegex("^[0-9a-fA-F]{64}\\z")]
    private static partial Regex Form();
}
