using PassthroughInfra.Component.Devices;
using PassthroughInfra.Component.Facts;
using PassthroughInfra.Component.Planning;
using PassthroughInfra.Component.Platform;
using PassthroughInfra.Component.Spec;

namespace PassthroughInfra.Component.Preconditions;

/// <summary>What the kernel and GRUB's menu say against the IOMMU (walk-through, rows 6 and 10).</summary>
internal static class IommuMessages
{
    private static readonly string[] Off = ["intel_iommu=off", "amd_iommu=off", "iommu=off"];

    /// <summary>What the kernel's messages give away, to a machine's spec or to none.</summary>
    public static IEnumerable<Finding> Messages(HostFacts facts, MachineSpec? spec)
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
            yield return new(Severity.Warning, "host", $"the kernel said: {message}", Holder(message, spec, facts));
        }
    }

    // Of the firmware's own screen, Boot keeps it off by itself.
    private static string Holder(string message, MachineSpec? spec, HostFacts facts)
    {
        const string elsewhere = "make another graphics card the primary one in the firmware setup";
        if (BootFramebufferArgument.IsAmong(facts.Boot.Kernel, facts.Boot.Arguments()))
        {
            return $"something holds the device's memory, though the boot framebuffer is kept off: {elsewhere}, or see who has that range in /proc/iomem";
        }

        return facts.Pci.FirstOrDefault(p => message.Contains($"{p.Address}", StringComparison.Ordinal) && HostDisplays.IsFirmwareScreen(p, facts)) is { } screen
            ? $"the boot framebuffer holds the device's memory: {(spec?.Devices.Any(d => d.Address == screen.Address) == true ? "an update keeps it off, by a kernel argument" : "with the device under devices, an update keeps it off")}; or {elsewhere}"
            : "something holds the device's memory: see who has that range in /proc/iomem; a boot framebuffer (efifb, BOOTFB, simple-framebuffer) is kept off by"
                + $" boot: {{ kernelArguments: [{BootFramebufferArgument.Of(facts.Boot.Kernel)}] }}; or {elsewhere}";
    }

    /// <summary>Arguments in GRUB's menu that switch the IOMMU off.</summary>
    public static IEnumerable<Finding> Arguments(HostFacts facts) =>
        facts.Boot.Entries.SelectMany(e => e.Arguments.Split(' ')).Where(Off.Contains).Distinct().Select(a => new Finding(
            Severity.Error,
            "host",
            $"GRUB's menu starts the kernel with {a}",
            $"take {a} out of /etc/default/grub (or its drop-ins in /etc/default/grub.d) and update again"));
}
