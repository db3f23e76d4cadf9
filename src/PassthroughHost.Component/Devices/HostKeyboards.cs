using PassthroughInfra.Component.Facts;
using PassthroughInfra.Component.Spec;

namespace PassthroughInfra.Component.Devices;

/// <summary>What hangs on the USB controllers of one machine, as far as the host needs it: keyboards, and what its management controller plugs in.</summary>
public sealed class HostKeyboards
{
    // AMI, Avocent (iDRAC), ATEN (Supermicro), Insyde; and by name whatever others call theirs.
    private static readonly string[] ManagementVendors = ["046b", "0624", "0b1f"];
    private static readonly string[] ManagementNames = ["virtual keyboard", "virtual mouse", "virtual hub", "virtual hdisk", "virtual cdrom", "virtual ethernet", "smci hid", "aspeed_vhub", "ast_vhub", "idrac", "ilo ", "bmc", "megarac", "winbond electronics hub", "hermon"];
    private readonly HostFacts _facts;

    internal HostKeyboards(HostFacts facts)
    {
        _facts = facts;
        Keyboards = [.. (facts.Usb ?? []).Where(u => u.IsKeyboard && !IsManagement(u))];
    }

    /// <summary>Whether what hangs on the controllers was read.</summary>
    public bool Known => _facts.Usb is not null;

    /// <summary>The keyboards in front of the machine.</summary>
    public IReadOnlyList<UsbFacts> Keyboards { get; }

    /// <summary>What hangs on one controller.</summary>
    public IEnumerable<UsbFacts> On(PciAddress controller) => (_facts.Usb ?? []).Where(u => u.Controller == controller);

    /// <summary>The keyboards that go, where none would remain; empty where one does, or none goes.</summary>
    /// <param name="given">What is given away.</param>
    public IReadOnlyList<UsbFacts> LastOnes(IReadOnlySet<PciAddress> given) => Keyboards.All(k => given.Contains(k.Controller)) ? Keyboards : [];

    /// <summary>A device that the board's management controller plugs in: its keyboard and mouse from afar, its media, its hub.</summary>
    internal static bool IsManagement(UsbFacts device) =>
        ManagementVendors.Contains(device.Id.Split(':')[0])
        || device.Id is "0557:2221" or "0557:2419" or "0557:7000" or "0557:9241" or "1d6b:0107"
        || ManagementNames.Any(n => device.Name.Contains(n, StringComparison.OrdinalIgnoreCase));
}
