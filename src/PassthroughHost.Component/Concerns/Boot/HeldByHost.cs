using PassthroughInfra.Component.Facts;
using PassthroughInfra.Component.Planning;
using PassthroughInfra.Component.Platform;
using PassthroughInfra.Component.Spec;

namespace PassthroughInfra.Component.Concerns.Boot;

/// <summary>Why a host that looks right does not pass devices through (walk-through, rows 6 and 10).</summary>
internal static class HeldByHost
{
    /// <summary>Devices that the host's own drivers hold. Only where this boot already has the arguments: before that, the host's drivers are where they belong.</summary>
    public static IEnumerable<Finding> Check(MachineSpec spec, HostFacts facts)
    {
        var running = facts.Boot.Arguments();
        if (spec.Devices.Count == 0 || facts.Receipt("boot") is null || !KernelArguments.Wanted(spec, facts).All(running.Contains))
        {
            yield break;
        }

        foreach (var (device, index) in spec.Devices.Select((d, i) => (d, i)))
        {
            if (facts.Device(device.Address) is { } found && found.Id == device.Id && found.Driver is not ("" or "vfio-pci"))
            {
                yield return new(
                    Severity.Warning,
                    $"machine.devices[{index}] ({device.Name})",
                    $"{found} is held by {found.Driver} although the running kernel has the arguments",
                    WhyFirst(spec, facts, found));
            }
        }
    }

    private static string WhyFirst(MachineSpec spec, HostFacts facts, PciFacts found)
    {
        var release = facts.Boot.Kernel;
        var kernel = facts.Boot.Kernels.FirstOrDefault(k => k.Release == release);
        var initramfs = new BootConcern().Plan(spec, facts).Settings.FirstOrDefault(s => s.Name == $"initramfs of {release}");
        return initramfs is { InSync: false } ? $"the initramfs of {release} is stale: it was made without the present binding; the update makes it anew and reboots"
            : initramfs is not null && kernel is not null && kernel.InitramfsMadeAt > facts.Boot.StartedAt ? "this boot is older than the present initramfs: the update reboots"
            : found.Modules.Count == 0 && kernel is { VfioPci: VfioPresence.Module } ? $"{found.Driver} is built into the kernel and vfio-pci is a module, so it is always first: use a kernel that has {found.Driver} as a module"
            : $"it was loaded before vfio-pci: see whether /etc/modules or {InitramfsGenerators.Of(facts).ModuleLists} names {found.Driver}, and whether somebody moved the device to it (driverctl, virsh nodedev-reattach)";
    }
}
