using PassthroughInfra.Component.Concerns.Boot;
using PassthroughInfra.Component.Facts;
using PassthroughInfra.Component.Spec;

namespace PassthroughInfra.Component.Planning;

/// <summary>Why a host that looks right does not pass devices through (walk-through, rows 6 and 10).</summary>
internal static class Diagnosis
{
    private static readonly string[] Off = ["intel_iommu=off", "amd_iommu=off", "iommu=off"];

    /// <summary>Devices that the host's own drivers hold.</summary>
    public static IEnumerable<Finding> Check(MachineSpec spec, HostFacts facts) =>
        spec.Devices.Count == 0 ? [] : HeldByHost(spec, facts);

    /// <summary>What the kernel's messages give away.</summary>
    public static IEnumerable<Finding> Messages(HostFacts facts)
    {
        foreach (var message in facts.KernelMessages.Where(m => m.Contains("IOMMU disabled", StringComparison.OrdinalIgnoreCase)))
        {
            yield return new(Severity.Warning, "host", $"the kernel said: {message}", "VT-d or AMD-Vi is off in the firmware setup, or a kernel argument turns it off (intel_iommu=off, amd_iommu=off)");
        }

        // Harmless where the IOMMU works: the table is optional, and only there for devices with ATS.
        var working = facts.Pci.Any(p => p.Group is not null);
        foreach (var message in facts.KernelMessages.Where(m => !working && m.Contains("No ATSR", StringComparison.OrdinalIgnoreCase)))
        {
            yield return new(
                Severity.Warning,
                "host",
                $"the kernel said: {message}",
                "there are no IOMMU groups either: enable VT-d in the firmware setup, and see that the kernel argument is the processor maker's (intel_iommu=on)");
        }

        foreach (var message in facts.KernelMessages.Where(m => m.Contains("can't reserve", StringComparison.OrdinalIgnoreCase)))
        {
            yield return new(Severity.Warning, "host", $"the kernel said: {message}", "something holds the device's memory, most often the boot framebuffer: make another graphics card the primary one in the firmware setup");
        }
    }

    /// <summary>Arguments in GRUB's menu that switch the IOMMU off.</summary>
    public static IEnumerable<Finding> Arguments(HostFacts facts) =>
        facts.Boot.Entries.SelectMany(e => e.Arguments.Split(' ')).Where(Off.Contains).Distinct().Select(a => new Finding(
            Severity.Error,
            "host",
            $"GRUB's menu starts the kernel with {a}",
            $"take {a} out of /etc/default/grub (or its drop-ins in /etc/default/grub.d) and update again"));

    // Only where this boot already has the arguments: before that, the host's drivers are where they belong.
    private static IEnumerable<Finding> HeldByHost(MachineSpec spec, HostFacts facts)
    {
        var running = facts.Boot.Arguments();
        if (facts.Receipt("boot") is null || !KernelArguments.Wanted(spec, facts).All(running.Contains))
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
            : $"it was loaded before vfio-pci: see whether /etc/modules or /etc/initramfs-tools/modules names {found.Driver}, and whether somebody moved the device to it (driverctl, virsh nodedev-reattach)";
    }
}
