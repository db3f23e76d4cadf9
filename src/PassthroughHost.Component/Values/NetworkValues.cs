using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text.RegularExpressions;

namespace PassthroughInfra.Component.Values;

/// <summary>An 802.1Q VLAN ID: 1 to 4094 (0 and 4095 are reserved). Source: IEEE 802.1Q, 9.6.</summary>
public readonly record struct VlanId(int Number) : ITextValue<VlanId>
{
    /// <inheritdoc/>
    public static string Expected => "a VLAN ID from 1 to 4094";

    /// <inheritdoc/>
    public static string Pattern => "^([1-9][0-9]{0,2}|[1-3][0-9]{3}|40[0-8][0-9]|409[0-4])$";

    /// <inheritdoc/>
    public static bool TryRead(string text, out VlanId value)
    {
        var valid = int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number is >= 1 and <= 4094 && text[0] != '0';
        value = valid ? new(number) : default;
        return valid;
    }

    /// <inheritdoc/>
    public override string ToString() => Number.ToString(CultureInfo.InvariantCulture);
}

/// <summary>The name of a network link: at most 15 characters. Source: Linux <c>include/uapi/linux/if.h</c>, IFNAMSIZ.</summary>
public readonly partial record struct LinkName : ITextValue<LinkName>
{
    /// <summary>The most characters a name may have.</summary>
    public const int Longest = 15;

    private readonly string? _text;

    private LinkName(string text) => _text = text;

    /// <inheritdoc/>
    public static string Expected => "the name of a network link such as \"enp7s0\" or \"br3000\": at most 15 letters, digits, '-', '_' and '.', beginning with a letter";

    /// <inheritdoc/>
    public static string Pattern => "^[A-Za-z][A-Za-z0-9_.-]{0,14}$";

    /// <inheritdoc/>
    public static bool TryRead(string text, out LinkName value)
    {
        var valid = Form().IsMatch(text);
        value = valid ? new(text) : default;
        return valid;
    }

    /// <inheritdoc/>
    public override string ToString() => _text ?? "";

    [GeneratedRegex("^[A-Za-z][A-Za-z0-9_.-]{0,14}\\z")]
    private static partial Regex Form();
}

/// <summary>An IPv4 or IPv6 address, written as everybody writes it: four numbers, or RFC 5952.</summary>
public readonly record struct IpAddress : ITextValue<IpAddress>
{
    private readonly IPAddress? _address;

    private IpAddress(IPAddress address) => _address = address;

    /// <inheritdoc/>
    public static string Expected => "an IPv4 or IPv6 address such as \"10.0.0.1\" or \"fd00::1\"";

    /// <inheritdoc/>
    public static string Pattern => "^([0-9]{1,3}(\\.[0-9]{1,3}){3}|[0-9a-fA-F:.]*:[0-9a-fA-F:.]*)$";

    /// <summary>The address itself.</summary>
    public IPAddress Value => _address ?? IPAddress.None;

    /// <summary>Whether it is IPv6.</summary>
    public bool IsIPv6 => Value.AddressFamily == AddressFamily.InterNetworkV6;

    /// <inheritdoc/>
    public static bool TryRead(string text, out IpAddress value)
    {
        // IPAddress also reads "10", "0x7f.1" and scope IDs.
        var valid = IPAddress.TryParse(text, out var address)
            && (address.AddressFamily == AddressFamily.InterNetworkV6 ? !text.Contains('%') && !text.Contains('[') : address.ToString() == text);
        value = valid ? new(address!) : default;
        return valid;
    }

    /// <inheritdoc/>
    public override string ToString() => Value.ToString();
}

/// <summary>An address together with the length of its network's prefix: <c>10.0.0.37/24</c>.</summary>
public readonly record struct IpCidr(IpAddress Address, int PrefixLength) : ITextValue<IpCidr>
{
    /// <inheritdoc/>
    public static string Expected => "an address with the length of its prefix such as \"10.0.0.37/24\" or \"fd00::37/64\"";

    /// <inheritdoc/>
    public static string Pattern => "^[0-9a-fA-F:.]+/[0-9]{1,3}$";

    /// <summary>The network the address is in.</summary>
    public IPNetwork Network
    {
        get
        {
            var bytes = Address.Value.GetAddressBytes();
            for (var bit = PrefixLength; bit < bytes.Length * 8; bit++)
            {
                bytes[bit / 8] &= (byte)~(0x80 >> (bit % 8));
            }

            return new(new IPAddress(bytes), PrefixLength);
        }
    }

    /// <summary>Whether the two networks have an address in common.</summary>
    public bool Overlaps(IpCidr other) =>
        Address.IsIPv6 == other.Address.IsIPv6 && (Network.Contains(other.Network.BaseAddress) || other.Network.Contains(Network.BaseAddress));

    /// <inheritdoc/>
    public static bool TryRead(string text, out IpCidr value)
    {
        value = default;
        var parts = text.Split('/');
        if (parts.Length != 2
            || !IpAddress.TryRead(parts[0], out var address)
            || !int.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out var length)
            || length > (address.IsIPv6 ? 128 : 32))
        {
            return false;
        }

        value = new(address, length);
        return true;
    }

    /// <inheritdoc/>
    public override string ToString() => $"{Address}/{PrefixLength}";
}

/// <summary>Where a route leads: <c>default</c>, or a network in CIDR form whose host bits are 0.</summary>
public readonly record struct RouteDestination(IpCidr? Target) : ITextValue<RouteDestination>
{
    /// <inheritdoc/>
    public static string Expected => "\"default\" or a network such as \"10.20.0.0/16\", with nothing beyond its prefix";

    /// <inheritdoc/>
    public static string Pattern => "^(default|[0-9a-fA-F:.]+/[0-9]{1,3})$";

    /// <inheritdoc/>
    public static bool TryRead(string text, out RouteDestination value)
    {
        value = default;
        if (text == "default")
        {
            return true;
        }

        if (!IpCidr.TryRead(text, out var target) || !target.Network.BaseAddress.Equals(target.Address.Value))
        {
            return false;
        }

        value = new(target);
        return true;
    }

    /// <inheritdoc/>
    public override string ToString() => Target?.ToString() ?? "default";
}
