using System.Globalization;

namespace PassthroughInfra.Component.Facts;

/// <summary>What the probe says of PCI functions in rows of their own: slots, vendors, and the outputs and memory of displays.</summary>
internal sealed class DeviceRows
{
    private readonly ILookup<string, string> _slots;
    private readonly Dictionary<string, string> _named;
    private readonly Dictionary<string, string> _vendors;
    private readonly ILookup<string, ProbeParser.Row> _connectors;
    private readonly ILookup<string, ProbeParser.Row> _bars;
    private readonly HashSet<string> _driven;

    public DeviceRows(ProbeParser.Rows rows)
    {
        _slots = rows.All("slot").ToLookup(r => r[1], r => r[2]);
        _named = rows.All("named").GroupBy(r => r[1]).ToDictionary(g => g.Key, g => g.First()[2]);
        _vendors = rows.All("vendor").GroupBy(r => r[1]).ToDictionary(g => g.Key, g => g.First()[2]);
        _connectors = rows.All("connector").ToLookup(r => r[1]);
        _bars = rows.All("bar").ToLookup(r => r[1]);
        _driven = [.. rows.All("drm").Where(r => r[3].Length > 0).Select(r => r[2])];
    }

    /// <summary>A function with what these rows say of it.</summary>
    public PciFacts Complete(PciFacts function) => function with
    {
        Vendor = _vendors.GetValueOrDefault($"{function.Id}", ""),
        Connectors = !_driven.Contains($"{function.Address}") ? null : [.. _connectors[$"{function.Address}"].Select(Connector).OrderBy(c => c.Name, StringComparer.Ordinal)],
        Bars = [.. _bars[$"{function.Address}"].Select(Bar).OfType<BarFacts>().OrderBy(b => b.Index)],
    };

    /// <summary>
    /// All functions, each that is in a slot with the slot's name: what is printed beside it, as the firmware has it (SMBIOS), else what the kernel calls it.
    /// Firmware gives the address of what is in the slot or of the port before it; a card's own switch may be in between.
    /// </summary>
    public IReadOnlyList<PciFacts> Named(IReadOnlyList<PciFacts> functions)
    {
        var there = functions.GroupBy(f => f.Address).ToDictionary(g => g.Key, g => g.First());
        var slots = _named.Where(n => PciAddress.TryRead(n.Key, out var address) && there.TryGetValue(address, out var found) && !found.IsBridge)
            .GroupBy(n => PciAddress.Parse(n.Key).Slot).ToDictionary(g => g.Key, g => g.First().Value);
        return [.. functions.Select(f => f.IsBridge ? f : f with { SlotName = slots.GetValueOrDefault(f.Address.Slot) ?? Before(f, there) ?? _slots[f.Address.Slot].FirstOrDefault("") })];
    }

    private string? Before(PciFacts function, Dictionary<PciAddress, PciFacts> there)
    {
        for (var parent = function.Parent; parent is { } address && there.TryGetValue(address, out var port); parent = port.Id.Vendor == function.Id.Vendor ? port.Parent : null)
        {
            if (_named.TryGetValue($"{address}", out var name))
            {
                return name;
            }
        }

        return null;
    }

    private static ConnectorFacts Connector(ProbeParser.Row row) => new(row[2], row[3] switch { "connected" => true, "disconnected" => false, _ => null });

    // A bit for each size it can have, from 1 MiB on. Source: PCI Express Base Specification, 7.8.6, "Resizable BAR".
    private static BarFacts? Bar(ProbeParser.Row row) =>
        Hex(row[3]) is { } start && Hex(row[4]) is { } end && end > start
            ? new((int)ProbeParser.Long(row[2]), (long)((end - start + 1) / 1024), Hex(row[5]) is { } sizes and > 0 ? 1024L << (63 - int.CreateChecked(ulong.LeadingZeroCount(sizes))) : 0)
            : null;

    private static ulong? Hex(string text) =>
        ulong.TryParse(text.StartsWith("0x", StringComparison.Ordinal) ? text[2..] : text, NumberStyles.HexNumber, CultureInfo.InvariantCulture, out var value) ? value : null;
}
