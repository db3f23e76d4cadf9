using PassthroughInfra.Component.Concerns.Boot;
using PassthroughInfra.Component.Facts;
using PassthroughInfra.Component.Spec;

namespace PassthroughInfra.Component.Planning;

/// <summary>What the preconditions ask of the concern that writes for the boot.</summary>
internal static class HostChecks
{
    /// <summary>Our drop-in of GRUB.</summary>
    public static string GrubDropIn => BootConcern.GrubDropIn;

    /// <summary>Our file of modprobe.d.</summary>
    public static string ModprobeDropIn => BootConcern.ModprobeDropIn;

    /// <summary>Whether anything is written for the boot.</summary>
    public static bool IsBootWanted(MachineSpec spec) => new BootConcern().IsWanted(spec);

    /// <summary>The kernel arguments that are written.</summary>
    public static IReadOnlyList<string> Arguments(MachineSpec spec, HostFacts facts) => KernelArguments.Wanted(spec, facts);

    /// <summary>Whether something must go into the initramfs.</summary>
    public static bool BindsEarly(MachineSpec spec, HostFacts facts) => Binding.Plan(spec, facts).IsEarly;

    /// <summary>Whether a device is bound by its address, which takes an <c>install</c> line of our own.</summary>
    public static bool BindsByAddress(MachineSpec spec, HostFacts facts) => Binding.Plan(spec, facts).ByAddress.Count > 0;

    /// <summary>Whether the IOMMU is AMD's.</summary>
    public static bool IsAmd(IommuKind said, HostFacts facts) => KernelArguments.KindOf(said, facts) == IommuKind.Amd;

    /// <summary>What one more initramfs takes, in KiB.</summary>
    public static long InitramfsKiB(HostFacts facts) => BootSpace.NeededKiB(facts);

    /// <summary>Whether /boot has room for what is to be made.</summary>
    public static IEnumerable<Finding> Room(HostFacts facts, MachineSpec? spec) => BootSpace.Findings(facts, spec);
}
