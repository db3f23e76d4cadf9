using PassthroughInfra.Component.Concerns.Boot;
using PassthroughInfra.Component.Facts;
using PassthroughInfra.Component.Preconditions;
using PassthroughInfra.Component.Spec;

namespace PassthroughInfra.Component.Planning;

/// <summary>What must hold between a spec and the machine before anything is written.</summary>
internal static class HostChecks
{
    private static readonly Dictionary<string, Version> Supported = new(StringComparer.Ordinal) { ["debian"] = new(12, 0), ["ubuntu"] = new(22, 4) };

    /// <summary>Everything that was found.</summary>
    public static IEnumerable<Finding> Check(MachineSpec spec, HostFacts facts) =>
    [
        .. Distribution(facts),
        .. Container(facts),
        .. Login(facts),
        .. Xen(facts),
        .. spec.Devices.Count == 0 ? [] : Firmware(spec.Iommu, facts),
        .. Identity.Check(spec, facts),
        .. Gates.Check(spec, facts),
        .. Diagnosis.Check(spec, facts),
        .. spec.Devices.Count == 0 ? [] : Kernels(facts),
    ];

    /// <summary>Whether the distribution and its release are supported. Debian testing and unstable have no release number.</summary>
    public static IEnumerable<Finding> Distribution(HostFacts facts)
    {
        var system = facts.System;
        if (!Supported.TryGetValue(system.Distribution, out var oldest)
            || (Version.TryParse(system.Version.Contains('.') ? system.Version : system.Version + ".0", out var release) && release < oldest))
        {
            yield return new(
                Severity.Error,
                "host",
                $"it runs {(system.PrettyName.Length > 0 ? system.PrettyName : "an unknown distribution")}",
                "Debian 12 or later and Ubuntu 22.04 or later are supported");
        }
    }

    /// <summary>Whether it is a container, which has no kernel of its own.</summary>
    public static IEnumerable<Finding> Container(HostFacts facts)
    {
        if (IsContainer(facts))
        {
            yield return new(Severity.Error, "host", $"it is a container ({facts.System.Virtualization})", "name the machine itself in machine.connection.host: a container has no kernel, GRUB or IOMMU of its own");
        }
    }

    /// <summary>What <c>systemd-detect-virt</c> calls containers.</summary>
    public static bool IsContainer(HostFacts facts) =>
        facts.System.Virtualization is "lxc" or "lxc-libvirt" or "docker" or "podman" or "systemd-nspawn" or "openvz" or "rkt" or "wsl" or "container-other";

    /// <summary>Whether this boot is one under Xen, which has the IOMMU to itself: KVM and vfio-pci have neither. Source: Linux Documentation/ABI/stable/sysfs-hypervisor-xen.</summary>
    public static IEnumerable<Finding> Xen(HostFacts facts)
    {
        if (facts.Boot.Hypervisor == "xen")
        {
            yield return new(
                Severity.Error,
                "host",
                "it was booted under Xen (/sys/hypervisor/type), whose guests are not KVM's",
                "boot its plain Linux entry and make that GRUB's default (GRUB_DEFAULT in /etc/default/grub), or remove xen-hypervisor; a virtual machine of Xen's has no devices to give");
        }
    }

    /// <summary>Whether the login can do what it must.</summary>
    public static IEnumerable<Finding> Login(HostFacts facts)
    {
        if (facts.System.UserId != 0)
        {
            yield return new(Severity.Error, "machine.connection.user", "the login has no root rights", "log in as root, or allow the user sudo without a password");
        }
    }

    /// <summary>Whether the firmware describes an IOMMU of the expected kind, and the processor virtualizes (walk-through, rows 1 and 6).</summary>
    public static IEnumerable<Finding> Firmware(IommuKind said, HostFacts facts) => [.. Table(said, facts), .. Processor(facts)];

    /// <summary>Whether the firmware describes an IOMMU.</summary>
    public static IEnumerable<Finding> Table(IommuKind said, HostFacts facts)
    {
        var amd = KernelArguments.KindOf(said, facts) == IommuKind.Amd;
        if (facts.System.AcpiTables.Count == 0)
        {
            yield return new(
                Severity.Error,
                "host",
                $"the firmware describes no IOMMU (no ACPI table {(amd ? "IVRS" : "DMAR")})",
                $"enable {(amd ? "AMD-Vi (\"IOMMU\") and SVM" : "VT-d and VT-x")} in the firmware setup; a board without it cannot pass devices through");
        }
        else if (!facts.System.AcpiTables.Contains(amd ? "IVRS" : "DMAR"))
        {
            yield return new(
                Severity.Error,
                "machine.iommu",
                $"it says {(amd ? "amd" : "intel")}, and the firmware has the table {facts.System.AcpiTables[0]}",
                $"write iommu: auto, or {(amd ? "intel" : "amd")}");
        }
    }

    /// <summary>Whether the processor shows hardware virtualization.</summary>
    public static IEnumerable<Finding> Processor(HostFacts facts)
    {
        if (facts.Cpu.VirtualizationFlag.Length == 0)
        {
            yield return new(Severity.Warning, "host", "the processor shows neither vmx nor svm: guests would run without KVM", "enable VT-x or SVM in the firmware setup");
        }
    }

    /// <summary>Whether every installed kernel has vfio-pci, and an initramfs where it has it as a module.</summary>
    public static IEnumerable<Finding> Kernels(HostFacts facts) => [.. WithoutVfio(facts), .. WithoutInitramfs(facts)];

    private static IEnumerable<Finding> WithoutInitramfs(HostFacts facts) => facts.Boot.Kernels.Where(k => k is { VfioPci: VfioPresence.Module, InitramfsBytes: 0 }).Select(k => new Finding(
        Severity.Error,
        "host",
        $"the installed kernel {k.Release} has vfio-pci as a module and no initramfs to load it from: the devices' own drivers would be first",
        $"make one (update-initramfs -c -k {k.Release}), or remove that kernel (apt-get purge linux-image-{k.Release})"));

    private static IEnumerable<Finding> WithoutVfio(HostFacts facts) => facts.Boot.Kernels.Where(k => k.VfioPci == VfioPresence.Missing).Select(k => new Finding(
        Severity.Error,
        "host",
        $"the installed kernel {k.Release} has no vfio-pci: after a reboot into it no device would be bound",
        $"remove it (apt-get purge linux-image-{k.Release}), or install the distribution's full kernel instead of a cloud or minimal one"));
}
