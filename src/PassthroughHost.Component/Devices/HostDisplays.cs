using PassthroughInfra.Component.Facts;
using PassthroughInfra.Component.Spec;

namespace PassthroughInfra.Component.Devices;

/// <summary>
/// The displays of one machine. The last that shows a picture is not given away unasked: VGA controllers (0300) and other displays (0380) do,
/// one for computing (0302) does not. A management controller's display is one that remains.
/// </summary>
public sealed class HostDisplays
{
    internal HostDisplays(HostFacts facts) => Pictures = [.. facts.Pci.Where(p => p.PhysicalFunction is null && DeviceClass.ShowsPicture(p)).OrderBy(p => p.Address)];

    /// <summary>The displays that show a picture.</summary>
    public IReadOnlyList<PciFacts> Pictures { get; }

    /// <summary>
    /// Whether the firmware shows its screen on a function, and the kernel its first messages. The kernel tells it of VGA controllers (<c>boot_vga</c>). If UEFI has
    /// booted a machine without any, its only other display is where a screen would be: told from the hardware alone, so that it is the same whichever driver the
    /// display has. Source: Linux <c>Documentation/ABI/testing/sysfs-bus-pci</c>, boot_vga.
    /// </summary>
    internal static bool IsFirmwareScreen(PciFacts function, HostFacts facts)
    {
        if (function is { IsDisplay: true, BootVga: true })
        {
            return true;
        }

        var displays = facts.Pci.Where(p => p.PhysicalFunction is null && DeviceClass.Starts(p, "0300", "0380")).ToList();
        return facts.System.Uefi && displays is [var only] && only == function && DeviceClass.Starts(only, "0380");
    }

    /// <summary>The displays that go, where none that shows a picture would remain; empty where one does, or none goes.</summary>
    /// <param name="given">What is given away.</param>
    public IReadOnlyList<PciFacts> LastOnes(IReadOnlySet<PciAddress> given) => Pictures.All(p => given.Contains(p.Address)) ? Pictures : [];
}
