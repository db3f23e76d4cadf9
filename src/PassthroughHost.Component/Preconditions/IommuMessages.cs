using PassthroughInfra.Component.Devices;
using PassthroughInfra.Component.Facts;
using PassthroughInfra.Component.Planning;

namespace PassthroughInfra.Component.Preconditions;

/// <summary>What the kernel and GRUB's menu say against the IOMMU (walk-through, rows 6 and 10).</summary>
internal static class IommuMessages
{
    private const string NoBootFramebuffer = "initcall_blacklist=sysfb_init";

    private static readonly string[] Off = ["intel_iommu=off", "amd_iommu=off", "iommu=off"];

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
            yield return new(Severity.Warning, "host", $"the kernel said: {message}", $"something holds the device's memory, most often the boot framebuffer: {Framebuffer(message, facts)}");
        }
    }

    // Of the firmware's own screen, Boot keeps it off by itself.
    private static string Framebuffer(string message, HostFacts facts)
    {
        const string elsewhere = "make another graphics card the primary one in the firmware setup";
        return facts.Boot.Arguments().Contains(NoBootFramebuffer) ? elsewhere
            : HostDisplays.FirmwareScreen(facts) is { } screen && message.Contains($"{screen.Address}", StringComparison.Ordinal) ? $"it is kept off once the kernel runs with {NoBootFramebuffer}"
            : $"write boot: {{ kernelArguments: [{NoBootFramebuffer}] }}, or {elsewhere}";
    }

    /// <summary>Arguments in GRUB's menu that switch the IOMMU off.</summary>
    public static IEnumerable<Finding> Arguments(HostFacts facts) =>
        facts.Boot.Entries.SelectMany(e => e.Arguments.Split(' ')).Where(Off.Contains).Distinct().Select(a => new Finding(
            Severity.Error,
            "host",
            $"GRUB's menu starts the kernel with {a}",
            $"take {a} out of /etc/default/grub (or its drop-ins in /etc/default/grub.d) and update again"));
}
