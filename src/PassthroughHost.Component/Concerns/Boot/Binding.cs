using PassthroughInfra.Component.Facts;
using PassthroughInfra.Component.Spec;

namespace PassthroughInfra.Component.Concerns.Boot;

/// <summary>How the devices come to vfio-pci at boot.</summary>
/// <param name="Ids">IDs for <c>vfio-pci.ids=</c>.</param>
/// <param name="Drivers">Modules that could claim a device, and must wait for vfio-pci.</param>
/// <param name="AsModule">Whether some installed kernel has vfio-pci as a module, so that it must be in the initramfs.</param>
internal sealed record Binding(IReadOnlyList<string> Ids, IReadOnlyList<string> Drivers, bool AsModule)
{
    /// <summary>Plans the binding. Without facts a module is assumed: what that needs does no harm elsewhere.</summary>
    public static Binding Plan(MachineSpec spec, HostFacts? facts) => new(
        [.. spec.Devices.Select(d => d.Id.ToString()).Distinct()],
        [.. spec.Devices.SelectMany(d => facts?.Device(d.Address)?.Modules ?? []).Select(m => m.Replace('-', '_')).Distinct().Order(StringComparer.Ordinal)],
        facts is null || facts.Boot.Kernels.Any(k => k.VfioPci == VfioPresence.Module));
}
