using PassthroughInfra.Component.Concerns.Boot;
using PassthroughInfra.Component.Facts;
using PassthroughInfra.Component.Spec;

namespace PassthroughInfra.Component.Planning;

/// <summary>What must hold between a spec and the machine before anything is written.</summary>
internal static class HostChecks
{
    private static readonly string[] Supported = ["debian", "ubuntu"];

    /// <summary>Everything that was found.</summary>
    public static IEnumerable<Finding> Check(MachineSpec spec, HostFacts facts) =>
        [.. System(facts), .. Firmware(spec, facts), .. spec.Devices.SelectMany((d, i) => Device(d, i, facts)), .. Gates.Check(spec, facts), .. Diagnosis.Check(spec, facts), .. Kernels(spec, facts)];

    private static IEnumerable<Finding> System(HostFacts facts)
    {
        if (!Supported.Contains(facts.System.Distribution))
        {
            yield return new(
                Severity.Error,
                "host",
                $"it runs {(facts.System.PrettyName.Length > 0 ? facts.System.PrettyName : "an unknown distribution")}",
                "Debian 12 or later and Ubuntu 22.04 or later are supported");
        }

        if (facts.System.Virtualization is "lxc" or "docker" or "podman" or "systemd-nspawn" or "openvz" or "wsl")
        {
            yield return new(Severity.Error, "host", $"it is a container ({facts.System.Virtualization})", "name the machine itself in machine.connection.host: a container has no kernel, GRUB or IOMMU of its own");
        }

        if (facts.System.UserId != 0)
        {
            yield return new(Severity.Error, "machine.connection.user", "the login has no root rights", "log in as root, or allow the user sudo without a password");
        }
    }

    // Walk-through, rows 1 and 6.
    private static IEnumerable<Finding> Firmware(MachineSpec spec, HostFacts facts)
    {
        if (spec.Devices.Count == 0)
        {
            yield break;
        }

        var amd = KernelArguments.KindOf(spec, facts) == IommuKind.Amd;
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

        if (facts.Cpu.VirtualizationFlag.Length == 0)
        {
            yield return new(Severity.Warning, "host", "the processor shows neither vmx nor svm: guests would run without KVM", "enable VT-x or SVM in the firmware setup");
        }
    }

    private static IEnumerable<Finding> Kernels(MachineSpec spec, HostFacts facts) =>
        spec.Devices.Count == 0 ? [] : facts.Boot.Kernels.Where(k => k.VfioPci == VfioPresence.Missing).Select(k => new Finding(
            Severity.Error,
            "host",
            $"the installed kernel {k.Release} has no vfio-pci: after a reboot into it no device would be bound",
            $"remove it (apt-get purge linux-image-{k.Release}), or install the distribution's full kernel instead of a cloud or minimal one"));

    private static IEnumerable<Finding> Device(DeviceSpec device, int index, HostFacts facts)
    {
        var subject = $"machine.devices[{index}] ({device.Name})";
        var found = facts.Device(device.Address);
        var elsewhere = facts.Pci.Where(p => p.Id == device.Id && p.Address != device.Address).Select(p => p.Address.Brief).ToList();
        var hint = elsewhere.Count > 1
            ? $"[{device.Id}] is at {string.Join(" and ", elsewhere)}: write the address of the one that is meant"
            : elsewhere.Count > 0
            ? $"[{device.Id}] is at {elsewhere[0]}: if the card has moved, write that address"
            : $"no [{device.Id}] is in the machine: see lspci -nn";
        if (found is null)
        {
            yield return new(Severity.Error, subject, $"there is no PCI device at {device.Address.Brief}", hint);
        }
        else if (found.Id != device.Id)
        {
            yield return new(Severity.Error, subject, $"at {device.Address.Brief} there is {found}, not [{device.Id}]", hint);
        }
        else if (found.IsBridge)
        {
            yield return new(Severity.Error, subject, $"{found} is a bridge", "bridges carry other devices and cannot be passed through; name the device behind it");
        }
    }
}
