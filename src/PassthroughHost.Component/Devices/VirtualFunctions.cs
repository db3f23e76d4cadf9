using System.Globalization;
using PassthroughInfra.Component.Facts;
using PassthroughInfra.Component.Spec;

namespace PassthroughInfra.Component.Devices;

/// <summary>A virtual function that is there or will be.</summary>
/// <param name="Physical">The address of its physical function.</param>
/// <param name="Index">Its number, from 0: sysfs calls it <c>virtfn&lt;Index&gt;</c>.</param>
/// <param name="Address">Its address.</param>
/// <param name="Id">Its vendor and device; null where the device does not say.</param>
internal sealed record VirtualFunction(PciAddress Physical, int Index, PciAddress Address, PciId? Id);

/// <summary>
/// Where virtual functions are, also before they are made: the device says how far the first is from itself and how far they are apart.
/// Source: PCI Express Base Specification, "First VF Offset" and "VF Stride"; Linux <c>drivers/pci/iov.c</c>.
/// </summary>
internal static class VirtualFunctions
{
    /// <summary>Those of every declared device; none of a device that was not read or is another one.</summary>
    public static IReadOnlyList<VirtualFunction> Of(MachineSpec spec, HostFacts? facts) => [.. spec.Sriov.SelectMany(s => OfDevice(s, facts))];

    /// <summary>Those of one device.</summary>
    public static IReadOnlyList<VirtualFunction> OfDevice(SriovSpec sriov, HostFacts? facts)
    {
        if (facts?.Device(sriov.Address) is not { } physical || physical.Id != sriov.Id)
        {
            return [];
        }

        // Those that are there know best: offset and stride may change with their number.
        var there = facts.Pci.Where(p => p.PhysicalFunction == sriov.Address).OrderBy(p => p.Address).ToList();
        if (there.Count == sriov.Vfs)
        {
            return [.. there.Select((p, i) => new VirtualFunction(sriov.Address, i, p.Address, p.Id))];
        }

        if (physical.VfOffset == 0 || (physical.VfStride == 0 && sriov.Vfs > 1))
        {
            return [];
        }

        PciId? id = PciId.TryRead($"{sriov.Id.ToString().Split(':')[0]}:{physical.VfDevice}", out var made) ? made : null;
        return [.. Enumerable.Range(0, sriov.Vfs).Select(i => new VirtualFunction(sriov.Address, i, At(sriov.Address, physical.VfOffset + (i * physical.VfStride)), id))];
    }

    /// <summary>The virtual function a device is; null where it is none of a declared device.</summary>
    public static VirtualFunction? Find(MachineSpec spec, HostFacts? facts, PciAddress address) => Of(spec, facts).FirstOrDefault(v => v.Address == address);

    // Bus, device and function are one number of 16 bits: the routing ID.
    private static PciAddress At(PciAddress physical, int offset)
    {
        var routing = (physical.Bus << 8) + (physical.Device << 3) + physical.Function + offset;
        return PciAddress.Parse(string.Create(CultureInfo.InvariantCulture, $"{physical.Domain:x4}:{(routing >> 8) & 0xff:x2}:{(routing >> 3) & 0x1f:x2}.{routing & 7}"));
    }
}
