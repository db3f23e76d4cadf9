using PassthroughInfra.Component.Facts;

namespace PassthroughInfra.Component.Devices;

/// <summary>
/// Tells what each function is to its machine, from class, topology and vendor. The first rule that fits decides; what no rule takes is a
/// card. Nobody else judges a function: what is advised and what is refused both come from here.
/// </summary>
internal sealed class DeviceJudge
{
    private readonly PciTopology _topology;
    private readonly bool _virtual;
    private readonly bool _portsOfProcessor;
    private readonly HashSet<string> _switches;

    public DeviceJudge(HostFacts facts, PciTopology topology)
    {
        _topology = topology;
        _virtual = facts.System.Virtualization is not ("" or "none");
        var hosts = facts.Pci.Where(DeviceClass.IsUsb4).ToList();
        _portsOfProcessor = hosts.Any(h => h is { Parent: null, Id.Vendor: "8086" });

        // A controller for Thunderbolt on the board is a switch: one of its ports has the host's side, the others lead outside.
        _switches = [.. hosts.Select(h => (Host: h, Above: _topology.Above(h).Take(2).ToList())).Where(h => h.Above.Count == 2 && h.Above[1].Id.Vendor == h.Host.Id.Vendor).Select(h => $"{h.Above[1].Address}")];
    }

    /// <summary>What a function is.</summary>
    public JudgedDevice Judge(PciFacts function)
    {
        var (role, reason) = Rule(function);
        return new(function, role, reason);
    }

    private (DeviceRole Role, string Reason) Rule(PciFacts f)
    {
        var above = _topology.Above(f).ToList();
        if (f.IsBridge)
        {
            return (DeviceRole.Bridge, "carries others");
        }

        if (f.PhysicalFunction is { } physical)
        {
            return (DeviceRole.VirtualFunction, $"is a virtual function of {physical.Brief}");
        }

        if (above.FirstOrDefault(a => !a.IsBridge) is { } controller)
        {
            return (DeviceRole.Managed, $"is behind {controller.Address.Brief} ({controller.Label}), which hides it from the machine: it goes where that one goes");
        }

        if (Management(f, above) is { } management)
        {
            return (DeviceRole.Management, management);
        }

        if (_topology.InSlot(f).Any(DeviceClass.IsEmulated))
        {
            return (DeviceRole.Emulated, "is a device that a hypervisor emulates");
        }

        if (DeviceClass.IsUsb4(f))
        {
            return (DeviceRole.Platform, "is the host's side of a Thunderbolt or USB4 port: what is plugged in there comes and goes with it");
        }

        return External(f, above) is { } external ? (DeviceRole.External, external)
            : Platform(f, above) is { } platform ? (DeviceRole.Platform, platform)
            : (DeviceRole.Card, f.SlotName.Length > 0 ? $"is in slot {f.SlotName}" : "is a card or a chip with a port of its own");
    }

    private string? Management(PciFacts f, List<PciFacts> above) =>
        DeviceClass.IsManagementDisplay(f) ? "is the display of the board's management controller (BMC): what one sees from afar"
        : above.Any(DeviceClass.IsManagementBridge) || DeviceClass.IsLightsOut(f) || _topology.InSlot(f).Any(DeviceClass.IsManagementDisplay) ? "is a part of the board's management controller (BMC)"
        : null;

    // Intel's processors with Thunderbolt have its ports at device 7 of the root bus, and the host's side at device 0d.
    private string? External(PciFacts f, List<PciFacts> above) =>
        f.Removable == true || above.Any(a => a.Removable == true) ? "can be unplugged while the machine runs"
        : above.Any(a => a.Name.Contains("Thunderbolt", StringComparison.OrdinalIgnoreCase) || a.Name.Contains("USB4", StringComparison.OrdinalIgnoreCase) || _switches.Contains($"{a.Address}"))
            || (_portsOfProcessor && above is [.., { Parent: null, Address.Device: 7, Id.Vendor: "8086" }])
            || (f.IsUsb && f.Name.Contains("Thunderbolt", StringComparison.OrdinalIgnoreCase) && f.Parent is not null)
            ? "is behind a Thunderbolt or USB4 port: it is there only while something is plugged in"
        : null;

    private string? Platform(PciFacts f, List<PciFacts> above)
    {
        if (f.Parent is null)
        {
            // A cloud's machine has the real cards it was given beside the emulated chipset.
            return _virtual && !DeviceClass.IsOfPlatform(f) && f.Id.Vendor != "8086" ? null
                : f.IsDisplay ? f.Id.Vendor is "8086" or "1002" ? "is the processor's own graphics" : "is the chipset's own graphics"
                : "is on the root bus: a part of the processor or the chipset";
        }

        // AMD's processors have their own parts behind "internal" bridges, devices 7 and 8 of a root bus; slots are behind devices 1 to 5.
        if (above is [.., { Parent: null, Address.Device: 7 or 8, Address.Function: > 0 } top] && DeviceClass.IsOfPlatform(top))
        {
            return f.IsDisplay ? "is the processor's own graphics" : "is a part of the processor";
        }

        if (DeviceClass.IsOfPlatform(f))
        {
            return "is AMD's own: a part of the processor or the chipset, and none of its vendor's is a card";
        }

        if (_topology.InSlot(f).Any(o => o.Address != f.Address && DeviceClass.IsOfPlatform(o)))
        {
            return f.IsDisplay ? "is the processor's own graphics: it shares its place with other parts of it" : "is a part of the processor: it shares its place with others";
        }

        // Graphics of old chipsets are behind a bridge too. A card is device 0 of its bus, and has a name of its own.
        if (f.IsDisplay && ((f.Id.Vendor == "1002" && f.Address.Device != 0) || (f.Id.Vendor == "10de" && ChipsetName(f.Name))))
        {
            return "is the chipset's own graphics";
        }

        if (f is { IsUsb: true, Id.Vendor: "8086" })
        {
            return "is Intel's own USB controller: a part of the chipset or of a Thunderbolt port, and none is a card";
        }

        return DeviceClass.IsPart(f) ? $"is a {PciClass.Word(f)}: no guest can use it by itself" : null;
    }

    // nForce and MCP: "NVIDIA Corporation C79 [GeForce 9400M]".
    private static bool ChipsetName(string name) => name.Split(' ').Any(w => w is "C51" or "C51G" or "C51PV" or "C61" or "C67" or "C68" or "C73" or "C77" or "C78" or "C79" || w.StartsWith("MCP", StringComparison.Ordinal));
}
