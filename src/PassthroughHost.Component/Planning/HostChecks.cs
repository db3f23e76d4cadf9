using PassthroughInfra.Component.Facts;
using PassthroughInfra.Component.Spec;

namespace PassthroughInfra.Component.Planning;

/// <summary>What must hold between a spec and the machine before anything is written.</summary>
internal static class HostChecks
{
    private static readonly string[] Supported = ["debian", "ubuntu"];

    /// <summary>Everything that was found.</summary>
    public static IEnumerable<Finding> Check(MachineSpec spec, HostFacts facts) =>
        [.. System(facts), .. spec.Devices.SelectMany((d, i) => Device(d, i, facts))];

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

    private static IEnumerable<Finding> Device(DeviceSpec device, int index, HostFacts facts)
    {
        var subject = $"machine.devices[{index}] ({device.Name})";
        var found = facts.Device(device.Address);
        var elsewhere = facts.Pci.Where(p => p.Id == device.Id && p.Address != device.Address).Select(p => p.Address.Brief).ToList();
        var hint = elsewhere.Count > 0
            ? $"[{device.Id}] is at {string.Join(" and ", elsewhere)}: if the card has moved, write that address"
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
        else if (elsewhere.Count > 0)
        {
            yield return new(
                Severity.Error,
                subject,
                $"{string.Join(" and ", elsewhere)} has the same ID [{device.Id}] and would be taken along",
                "use a device whose ID is unique in this machine");
        }
    }
}
