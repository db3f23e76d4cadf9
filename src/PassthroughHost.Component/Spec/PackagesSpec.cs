using System.ComponentModel;

namespace PassthroughInfra.Component.Spec;

/// <summary>The packages of the host.</summary>
public sealed record PackagesSpec
{
    /// <summary>Whether packages are managed at all.</summary>
    [Description("Whether packages are managed at all.")]
    public bool Manage { get; init; } = true;

    /// <summary>
    /// What is installed: <c>walkthrough</c> is the written walk-through's list with the graphical virt-manager, <c>headless</c> leaves
    /// that out.
    /// </summary>
    [Description("walkthrough: the hypervisor, its tools and virt-manager; headless: the same without virt-manager.")]
    public PackageSet Set { get; init; } = PackageSet.Headless;

    /// <summary>Further packages, by their name in the distribution.</summary>
    [Description("Further packages, by their name in the distribution.")]
    public IReadOnlyList<string> Extra { get; init; } = [];
}

/// <summary>Sets of packages.</summary>
public enum PackageSet
{
    /// <summary>QEMU, libvirt, UEFI firmware, TPM emulator and command-line tools.</summary>
    Headless,

    /// <summary>As <see cref="Headless"/>, with the graphical virt-manager.</summary>
    Walkthrough,
}
