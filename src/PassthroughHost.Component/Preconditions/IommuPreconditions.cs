using PassthroughInfra.Component.Facts;
using PassthroughInfra.Component.Planning;
using PassthroughInfra.Component.Platform;
using PassthroughInfra.Component.Spec;

namespace PassthroughInfra.Component.Preconditions;

/// <summary>Whether the firmware describes an IOMMU of the expected kind, the processor virtualizes, and nothing switches either off (walk-through, rows 1 and 6).</summary>
internal static class IommuPreconditions
{
    /// <summary>All of them. A container sees its outer machine's.</summary>
    public static IEnumerable<Precondition> Of(HostFacts facts, MachineSpec? spec)
    {
        if (spec is null && SystemPreconditions.IsContainer(facts))
        {
            return [];
        }

        var said = spec?.Iommu ?? IommuKind.Auto;
        var amd = Iommu.IsAmd(said, facts);
        return
        [
            .. Precondition.Of("iommu-table", Table(said, amd, facts), $"the firmware describes {(amd ? "AMD-Vi" : "VT-d")} (ACPI table {(amd ? "IVRS" : "DMAR")})"),
            .. Precondition.Of("virtualization", Processor(facts), $"the processor shows {facts.Cpu.VirtualizationFlag}"),
            .. Precondition.Of("iommu-menu", IommuMessages.Arguments(facts), "GRUB's menu does not switch the IOMMU off"),
            .. facts.KernelMessages.Count == 0 ? [Unread(facts)] : Precondition.Of("kernel-messages", IommuMessages.Messages(facts, spec), "the kernel complains of nothing"),
        ];
    }

    // Nothing is refused for want of messages that are no longer there: unlike the others this one is not told in a preview.
    private static Precondition Unread(HostFacts facts) => facts.System.UserId == 0
        ? new("kernel-messages", PreconditionVerdict.Unknown, "the kernel's messages of this boot are no longer in its buffer, or hold nothing on the IOMMU", "read it again soon after a boot") { IsQuiet = true }
        : new("kernel-messages", PreconditionVerdict.Unknown, "this login may not read the kernel's messages", "log in as root, or allow the user sudo without a password") { IsQuiet = true };

    private static IEnumerable<Finding> Table(IommuKind said, bool amd, HostFacts facts)
    {
        if (facts.System.AcpiTables.Count == 0)
        {
            yield return new(
                Severity.Error,
                Precondition.Host,
                $"the firmware describes no IOMMU (no ACPI table {(amd ? "IVRS" : "DMAR")})",
                $"enable {(amd ? "AMD-Vi (\"IOMMU\") and SVM" : "VT-d and VT-x")} in the firmware setup; a board without it cannot pass devices through");
        }
        else if (!facts.System.AcpiTables.Contains(amd ? "IVRS" : "DMAR"))
        {
            yield return new(
                Severity.Error,
                "machine.iommu",
                $"it says {(said == IommuKind.Auto ? "auto" : amd ? "amd" : "intel")}, and the firmware has the table {facts.System.AcpiTables[0]}",
                $"write iommu: auto, or {(amd ? "intel" : "amd")}");
        }
    }

    private static IEnumerable<Finding> Processor(HostFacts facts)
    {
        if (facts.Cpu.VirtualizationFlag.Length == 0)
        {
            yield return new(Severity.Warning, Precondition.Host, "the processor shows neither vmx nor svm: guests would run without KVM", "enable VT-x or SVM in the firmware setup");
        }
    }
}
