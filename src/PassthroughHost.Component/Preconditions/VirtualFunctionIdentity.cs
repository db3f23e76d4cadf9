using PassthroughInfra.Component.Devices;
using PassthroughInfra.Component.Facts;
using PassthroughInfra.Component.Planning;
using PassthroughInfra.Component.Spec;

namespace PassthroughInfra.Component.Preconditions;

/// <summary>Whether a device that is a virtual function, or could be one, is the one that is meant.</summary>
internal static class VirtualFunctionIdentity
{
    /// <summary>What is to be said of a device that is a virtual function, or could be one; null where it is none.</summary>
    public static IReadOnlyList<Finding>? Check(DeviceSpec device, string subject, MachineSpec spec, HostFacts facts)
    {
        if (VirtualFunctions.Find(spec, facts, device.Address) is { } function)
        {
            return function.Id is { } id && id != device.Id
                ? [new(Severity.Error, $"{subject}", $"{device.Address.Brief} {(facts.Device(device.Address) is null ? "will be" : "is")} [{id}], a virtual function of {function.Physical.Brief}, not [{device.Id}]", $"write id: \"{id}\"")]
                : [];
        }

        foreach (var physical in facts.Pci.Where(p => p.TotalVfs > 0))
        {
            var index = spec.Sriov.ToList().FindIndex(s => s.Address == physical.Address);
            var possible = VirtualFunctions.OfDevice(new() { Address = physical.Address, Id = physical.Id, Vfs = physical.TotalVfs }, facts with { Pci = [physical] }).FirstOrDefault(f => f.Address == device.Address);
            if (possible is not null && (index >= 0 || facts.Device(device.Address) is null))
            {
                return [new(
                    Severity.Error,
                    subject,
                    $"{device.Address.Brief} would be virtual function {possible.Index} of {physical}, which {(index < 0 ? "is not split" : $"is split into {spec.Sriov[index].Vfs}")}",
                    index < 0 ? $"add sriov: [{{ address: \"{physical.Address.Brief}\", id: \"{physical.Id}\", vfs: {possible.Index + 1} }}]" : $"write machine.sriov[{index}].vfs: {possible.Index + 1}")];
            }
        }

        return facts.Device(device.Address) is { PhysicalFunction: { } of } there && there.Id == device.Id
            ? [new(Severity.Warning, subject, $"it is a virtual function of {of.Brief}, which this stack does not split: whether it is there after a boot is up to whoever does", $"list {of.Brief} under sriov")]
            : null;
    }
}
