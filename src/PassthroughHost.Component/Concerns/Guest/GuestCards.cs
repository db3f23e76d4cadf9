using PassthroughInfra.Component.Devices;
using PassthroughInfra.Component.Facts;
using PassthroughInfra.Component.Spec;

namespace PassthroughInfra.Component.Concerns.Guest;

/// <summary>A device of the guest and the function it has on its card in the guest.</summary>
/// <param name="Device">The machine's device.</param>
/// <param name="Options">How it appears in the guest.</param>
/// <param name="Function">Its function number in the guest.</param>
internal sealed record GuestFunction(DeviceSpec Device, GuestDeviceOptions Options, int Function);

/// <summary>
/// The functions of one card of the host, which stand on one card in the guest too: drivers look for a card's sound and USB functions
/// beside its graphics.
/// </summary>
/// <param name="Functions">Its functions in the guest, by number; one has number 0, or the others would not be seen.</param>
internal sealed record GuestCard(IReadOnlyList<GuestFunction> Functions)
{
    /// <summary>Whether it has several.</summary>
    public bool IsMultifunction => Functions.Count > 1;
}

/// <summary>Groups a guest's devices into cards.</summary>
internal static class GuestCards
{
    /// <summary>The guest's cards, in the order of the spec.</summary>
    public static IReadOnlyList<GuestCard> Of(DeclaredGuest guest, HostFacts? facts) =>
        [.. guest.Devices.Select(d => d.Device).GroupBy(d => IsVirtual(d, guest.Machine, facts) ? d.Address.ToString() : d.Address.Slot).Select(g => Card(guest.Spec, [.. g.OrderBy(d => d.Address.Function)]))];

    private static GuestCard Card(GuestSpec guest, List<DeviceSpec> functions)
    {
        // The host's numbers are kept where there is a function 0; else they move up.
        var asOnHost = functions[0].Address.Function == 0;
        return new([.. functions.Select((d, i) => new GuestFunction(d, guest.DeviceOptions.GetValueOrDefault(d.Name) ?? new(), asOnHost ? d.Address.Function : i))]);
    }

    // Virtual functions share a slot number with their siblings, and are devices of their own all the same.
    private static bool IsVirtual(DeviceSpec device, MachineSpec spec, HostFacts? facts) =>
        facts?.Device(device.Address)?.PhysicalFunction is not null || VirtualFunctions.Find(spec, facts, device.Address) is not null;
}
