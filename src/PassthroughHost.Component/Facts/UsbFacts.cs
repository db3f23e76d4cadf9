using System.Text.Json.Serialization;

namespace PassthroughInfra.Component.Facts;

/// <summary>One USB device, root hubs aside. Source: Linux <c>Documentation/ABI/testing/sysfs-bus-usb</c>; USB-IF, "Defined Class Codes".</summary>
/// <param name="Controller">The PCI function of the controller it hangs on.</param>
/// <param name="Id">Vendor and product: <c>046d:c52b</c>.</param>
/// <param name="Name">What it calls itself: manufacturer and product; empty where it does not say.</param>
/// <param name="Interfaces">Class, subclass and protocol of each of its interfaces, six hexadecimal digits: <c>030101</c> is a keyboard.</param>
public sealed record UsbFacts(PciAddress Controller, string Id, string Name, IReadOnlyList<string> Interfaces)
{
    /// <summary>A keyboard that works before a driver is loaded: HID, boot interface, keyboard.</summary>
    [JsonIgnore]
    public bool IsKeyboard => Interfaces.Contains("030101");

    /// <summary>A mouse of the same kind.</summary>
    [JsonIgnore]
    public bool IsMouse => Interfaces.Contains("030102");

    /// <summary>A hub.</summary>
    [JsonIgnore]
    public bool IsHub => Any("09");

    /// <summary>A Bluetooth adapter.</summary>
    [JsonIgnore]
    public bool IsBluetooth => Interfaces.Contains("e00101");

    /// <summary>Sound.</summary>
    [JsonIgnore]
    public bool IsAudio => Any("01");

    /// <summary>A drive.</summary>
    [JsonIgnore]
    public bool IsStorage => Any("08");

    /// <summary>For messages: its name, else its ID.</summary>
    public override string ToString() => Name.Length > 0 ? Name : $"[{Id}]";

    private bool Any(string kind) => Interfaces.Any(i => i.StartsWith(kind, StringComparison.Ordinal));
}
