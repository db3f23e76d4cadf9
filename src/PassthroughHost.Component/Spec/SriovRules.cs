namespace PassthroughInfra.Component.Spec;

/// <summary>What must hold within <c>sriov</c>, whatever the machine.</summary>
internal static class SriovRules
{
    // TotalVFs and NumVFs are 16 bits wide (PCI Express Base Specification, SR-IOV extended capability).
    private const int MostVfs = 65535;

    /// <summary>Every rule that is broken.</summary>
    public static IEnumerable<SpecError> Check(MachineSpec spec)
    {
        for (var i = 0; i < spec.Sriov.Count; i++)
        {
            var (sriov, path) = (spec.Sriov[i], $"{SpecReader.Root}.sriov[{i}]");
            if (sriov.Vfs is < 1 or > MostVfs)
            {
                yield return new($"{path}.vfs", $"{sriov.Vfs} is out of range", $"1 to {MostVfs}, and what the device can (sriov_totalvfs); take the entry out for none");
            }

            if (sriov.Macs.Count > sriov.Vfs)
            {
                yield return new($"{path}.macs", $"there are {sriov.Macs.Count} MAC addresses and {sriov.Vfs} virtual functions", "at most one for each");
            }

            if (spec.Sriov.Take(i).Any(s => s.Address == sriov.Address))
            {
                yield return new($"{path}.address", $"\"{sriov.Address.Brief}\" is listed twice", "list each device once");
            }

            if (spec.Devices.Any(d => d.Address == sriov.Address))
            {
                yield return new($"{path}.address", $"\"{sriov.Address.Brief}\" is also among the devices", "a device is either given to a guest whole or split for several: take it out of one of the two");
            }
        }

        foreach (var mac in spec.Sriov.SelectMany(s => s.Macs).GroupBy(m => m).Where(g => g.Count() > 1))
        {
            yield return new($"{SpecReader.Root}.sriov", $"{mac.Key} is the MAC address of {mac.Count()} virtual functions", "give each one of its own");
        }
    }
}
