using PassthroughInfra.Component.Facts;
using PassthroughInfra.Component.Spec;

namespace PassthroughInfra.Component.Platform;

/// <summary>Whose IOMMU a host has.</summary>
internal static class Iommu
{
    /// <summary>Whether it is AMD's: what is said, else the ACPI tables, else the CPU, else Intel's.</summary>
    /// <param name="said">What the spec says.</param>
    /// <param name="facts">What was read; null where the host could not be read.</param>
    public static bool IsAmd(IommuKind said, HostFacts? facts) => KindOf(said, facts) == IommuKind.Amd;

    private static IommuKind KindOf(IommuKind said, HostFacts? facts) =>
        said != IommuKind.Auto ? said
        : facts is null ? IommuKind.Intel
        : facts.System.AcpiTables.Contains("DMAR") ? IommuKind.Intel
        : facts.System.AcpiTables.Contains("IVRS") ? IommuKind.Amd
        : facts.Cpu.Vendor == "AuthenticAMD" ? IommuKind.Amd
        : IommuKind.Intel;
}
