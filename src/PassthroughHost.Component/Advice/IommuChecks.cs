using PassthroughInfra.Component.Concerns.Boot;
using PassthroughInfra.Component.Facts;
using PassthroughInfra.Component.Platform;
using PassthroughInfra.Component.Preconditions;
using PassthroughInfra.Component.Spec;

namespace PassthroughInfra.Component.Advice;

/// <summary>Firmware, processor and kernel: whether devices can be passed through at all (walk-through, rows 1, 5, 6 and 10).</summary>
internal static class IommuChecks
{
    public static IEnumerable<Check> Of(HostFacts facts, MachineSpec? spec)
    {
        var amd = Iommu.IsAmd(IommuKind.Auto, facts);
        var preconditions = PreconditionChecks.Of(CheckArea.Iommu, facts, spec).ToLookup(c => c.Id == "kernel-messages");
        return [.. preconditions[false], Groups(facts, amd), .. preconditions[true], .. Remapping(facts)];
    }

    private static Check Groups(HostFacts facts, bool amd)
    {
        // AMD's is on by itself: there is no argument that asks for it.
        var argument = amd ? "" : "intel_iommu=on";
        var asked = amd || !SystemPreconditions.IsX86(facts.System) || facts.Boot.Arguments().Contains(argument);
        var count = facts.Pci.Select(p => p.Group).OfType<int>().Distinct().Count();
        if (count > 0)
        {
            // Some kernels have Intel's on by default: groups alone do not show that it was asked for.
            return new(CheckArea.Iommu, "iommu-groups", Verdict.Good, $"the kernel has {count} IOMMU {(count == 1 ? "group" : "groups")}{(asked ? "" : $", without {argument}: an update adds it, so that it stays so")}");
        }

        return facts.System.AcpiTables.Count == 0
            ? new(CheckArea.Iommu, "iommu-groups", Verdict.Bad, "the kernel has no IOMMU groups", "switch the IOMMU on in the firmware setup first")
            : new(
                CheckArea.Iommu,
                "iommu-groups",
                Verdict.Unknown,
                $"the running kernel does not use the IOMMU{(amd ? "" : asked ? $", although {argument} is on its command line" : $" ({argument} is not on its command line)")}",
                asked
                    ? $"see dmesg | grep -e DMAR -e AMD-Vi, and the firmware setup"
                    : $"an update puts {argument} there and reboots; to see the groups before that, add it to the kernel line in GRUB's menu (key e) for one boot, and run doctor again");
    }

    private static IEnumerable<Check> Remapping(HostFacts facts)
    {
        if (facts.KernelMessages.Count == 0)
        {
            yield break;
        }

        bool Said(params string[] parts) => facts.KernelMessages.Any(m => parts.All(p => m.Contains(p, StringComparison.OrdinalIgnoreCase)));

        // Linux drivers/iommu/intel/irq_remapping.c and drivers/iommu/amd/init.c.
        if (Said("Enabled IRQ remapping") || Said("Interrupt remapping enabled"))
        {
            yield return new(CheckArea.Iommu, "interrupt-remapping", Verdict.Good, "the kernel remaps interrupts");
        }
        else if (Said("remapping", "disabled") || Said("remapping", "not supported"))
        {
            yield return new(CheckArea.Iommu, "interrupt-remapping", Verdict.Bad, "the kernel does not remap interrupts: vfio refuses to assign devices", "update the firmware and enable x2APIC or interrupt remapping in its setup");
        }
        else
        {
            yield return new(CheckArea.Iommu, "interrupt-remapping", Verdict.Unknown, "the kernel's messages do not say whether interrupts are remapped", facts.Pci.Any(p => p.Group is not null) ? "see dmesg | grep -i remapping soon after a boot" : "it shows once the kernel uses the IOMMU");
        }
    }
}
