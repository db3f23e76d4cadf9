using PassthroughInfra.Component.Devices;
using PassthroughInfra.Component.Facts;
using PassthroughInfra.Component.Planning;
using PassthroughInfra.Component.Spec;

namespace PassthroughInfra.Component.Concerns.Sriov;

/// <summary>Whether devices can be split as wanted, and what a user must know of it.</summary>
internal static class SriovChecks
{
    /// <summary>Everything that was found.</summary>
    public static IEnumerable<Finding> Check(MachineSpec spec, HostFacts facts)
    {
        for (var i = 0; i < spec.Sriov.Count; i++)
        {
            var (sriov, path) = (spec.Sriov[i], $"machine.sriov[{i}]");
            var problems = Device(sriov, path, facts).ToList();
            foreach (var finding in problems.Any(p => p.Severity == Severity.Error) ? problems : [.. problems, .. Functions(spec, sriov, path, facts)])
            {
                yield return finding;
            }
        }
    }

    private static IEnumerable<Finding> Device(SriovSpec sriov, string path, HostFacts facts)
    {
        if (facts.Device(sriov.Address) is not { } device || device.Id != sriov.Id)
        {
            var elsewhere = facts.Pci.Where(p => p.Id == sriov.Id && p.PhysicalFunction is null).Select(p => p.Address.Brief).ToList();
            yield return new(
                Severity.Error,
                $"{path}.address",
                facts.Device(sriov.Address) is { } other ? $"at {sriov.Address.Brief} there is {other}, not [{sriov.Id}]" : $"there is no PCI device at {sriov.Address.Brief}",
                elsewhere.Count > 0 ? $"[{sriov.Id}] is at {string.Join(" and ", elsewhere)}" : $"no [{sriov.Id}] is in the machine: see lspci -nn");
            yield break;
        }

        if (device.TotalVfs == 0)
        {
            yield return new(
                Severity.Error,
                path,
                $"{device} cannot be split: it shows no SR-IOV capability",
                "many cards cannot; where this one can, switch SR-IOV on in the firmware setup, and in the card's own configuration (its maker's tool)");
            yield break;
        }

        if (sriov.Vfs > device.TotalVfs)
        {
            yield return new(Severity.Error, $"{path}.vfs", $"{sriov.Vfs} virtual functions are wanted, and {device} has at most {device.TotalVfs}", $"write at most {device.TotalVfs}");
        }

        if (device.Driver == "vfio-pci" && facts.Receipts.Any(r => r.Settings.Keys.Any(k => k.StartsWith($"driver of {device.Address.Brief} (", StringComparison.Ordinal))))
        {
            yield return new(Severity.Info, path, $"{device.Address.Brief} was a device of a guest and is with vfio-pci still", "the reboot gives it back to its own driver, and then it is split");
        }
        else if (device.Driver is "" or "vfio-pci")
        {
            yield return new(
                Severity.Error,
                path,
                device.Driver.Length == 0 ? $"{device} has no driver, and only its driver can split it" : $"{device} is with vfio-pci, and only the host's own driver can split it",
                $"load its driver{(device.Modules.Count > 0 ? $" ({string.Join(" or ", device.Modules)})" : "")}, or see what binds it to vfio-pci (lspci -nnk)");
        }
    }

    private static IEnumerable<Finding> Functions(MachineSpec spec, SriovSpec sriov, string path, HostFacts facts)
    {
        var device = facts.Device(sriov.Address)!;
        var functions = VirtualFunctions.OfDevice(sriov, facts);
        if (functions.Count > 0)
        {
            yield return new(
                Severity.Info,
                path,
                $"{device.Address.Brief} {(device.NumVfs == sriov.Vfs ? "is" : "will be")} split into {string.Join(", ", functions.Select(f => f.Address.Brief))}{(functions[0].Id is { } id ? $" [{id}]" : "")}",
                "list those that guests are to have under devices, by these addresses; the others stay with the host's driver");
        }

        if (device.NumVfs > 0 && device.NumVfs != sriov.Vfs)
        {
            yield return new(Severity.Warning, path, $"it has {device.NumVfs} virtual functions now; for another number all are removed and made anew", "stop the guests and links that use them first: an update refuses while a guest has one");
        }

        var carries = facts.Network.SshLink is { } ssh ? facts.Network.Below(ssh).Where(l => l.Pci is not null).ToList() : [];
        foreach (var link in carries)
        {
            if (facts.Device(link.Pci!.Value)?.PhysicalFunction == sriov.Address && device.NumVfs != sriov.Vfs)
            {
                yield return new(Severity.Error, path, $"{link.Name}, which carries this SSH connection, is one of its virtual functions, and they would be made anew", "reach the host over another link for this change");
            }
            else if (link.Pci == sriov.Address && device.NumVfs != sriov.Vfs)
            {
                yield return new(Severity.Warning, path, $"{link.Name}, which carries this SSH connection, stands still for a moment while the card is split", "nothing need be done; on a host that is far away, reach it over another link for this change");
            }
        }

        var group = functions.Select(f => facts.Device(f.Address)).OfType<PciFacts>()
            .FirstOrDefault(f => f.Group is not null && spec.Devices.Any(d => d.Address == f.Address) && facts.Pci.Any(p => p.Group == f.Group && p.Address == sriov.Address));
        if (group is not null)
        {
            yield return new(Severity.Error, path, $"{group.Address.Brief} is in IOMMU group {group.Group} together with {device.Address.Brief} itself, which the host keeps", "the slot does not separate them (no ACS, or no ARI): move the card to another slot");
        }
    }
}
