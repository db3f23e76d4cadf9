using PassthroughInfra.Component.Devices;
using PassthroughInfra.Component.Facts;
using PassthroughInfra.Component.Planning;
using PassthroughInfra.Component.Spec;

namespace PassthroughInfra.Component.Preconditions;

/// <summary>
/// Whether the function at a device's address is the one that is meant. Addresses move when a card is added, taken out or put into another
/// slot; what stays are vendor and device, subsystem and class. The host remembers the latter two from the last update (boot's receipt),
/// because the spec need not name them. Source: Linux <c>Documentation/ABI/testing/sysfs-bus-pci</c>.
/// </summary>
internal static class Identity
{
    /// <summary>Everything that is not where it should be, with the address it is at now.</summary>
    public static IEnumerable<Finding> Check(MachineSpec spec, HostFacts facts) => spec.Devices.SelectMany((d, i) => Check(d, $"machine.devices[{i}] ({d.Name})", spec, facts));

    /// <summary>What the host remembers of each device, to know it again at another address.</summary>
    public static IEnumerable<Setting> Remembered(MachineSpec spec, HostFacts? facts)
    {
        // A virtual function is where its physical function says, and comes and goes with it.
        foreach (var device in spec.Devices.Where(d => VirtualFunctions.Find(spec, facts, d.Address) is null))
        {
            // What is not there now is not remembered anew.
            var known = facts?.Device(device.Address) is { } found && found.Id == device.Id ? Text(found) : Before(device, facts) ?? $"{device.Id}";
            yield return new(Name(device), facts is null ? null : known, known);
        }
    }

    private static IEnumerable<Finding> Check(DeviceSpec device, string subject, MachineSpec spec, HostFacts facts)
    {
        var found = facts.Device(device.Address);
        if (found is null or { PhysicalFunction: not null } && VirtualFunctionIdentity.Check(device, subject, spec, facts) is { } virtuals)
        {
            foreach (var finding in virtuals)
            {
                yield return finding;
            }

            yield break;
        }

        var sought = new Sought(device, facts);
        if (found is not null && sought.Fits(found))
        {
            if (found.IsBridge)
            {
                yield return new(Severity.Error, subject, $"{found} is a bridge", "bridges carry other devices and cannot be passed through; name the device behind it");
            }

            yield break;
        }

        var others = facts.Pci.Where(p => p.Address != device.Address && !spec.Devices.Any(d => d.Address == p.Address && new Sought(d, facts).Fits(p))).ToList();
        var same = others.Where(sought.Fits).ToList();
        if (found?.Id == device.Id)
        {
            // The ID is right, the card is not.
            if (device.Subsystem is null && same.Count == 0)
            {
                yield return new(Severity.Info, subject, $"{found} is another card than at the last update (subsystem {found.Subsystem}, it was {sought.Subsystem}), with the same ID", "it takes the other's place; write subsystem: in the spec where that must not be");
                yield break;
            }

            yield return new(Severity.Error, subject, $"at {device.Address.Brief} there is another [{device.Id}]: its subsystem is {found.Subsystem}, not {sought.Subsystem}", Where(device, sought, same, others));
        }
        else if (found is null)
        {
            yield return new(Severity.Error, subject, $"there is no PCI device at {device.Address.Brief}", Where(device, sought, same, others));
        }
        else
        {
            yield return new(Severity.Error, subject, $"at {device.Address.Brief} there is {found}, not [{device.Id}]; it is left alone", Where(device, sought, same, others));
        }
    }

    private static string Where(DeviceSpec device, Sought sought, List<PciFacts> same, List<PciFacts> others)
    {
        var lookalikes = others.Where(p => p.Id == device.Id).ToList();
        return (same.Count, lookalikes.Count) switch
        {
            (1, _) => $"the card has moved: it is at {Place(same[0])} now; write address: \"{same[0].Address.Brief}\"",
            ( > 1, _) => $"{same.Count} functions fit; write the address of the one that is meant, and its subsystem where they differ in it:{List(same)}",
            (0, > 0) => $"a [{device.Id}] is elsewhere, but it is another card:{List(lookalikes)}",
            _ => $"no [{device.Id}]{(sought.Subsystem is { } subsystem ? $" with the subsystem {subsystem}" : "")} is in the machine: see lspci -nn{(sought.Subsystem is null ? "" : " -v")}",
        };
    }

    private static string List(IEnumerable<PciFacts> functions) => string.Concat(functions.Select(f => $"\n      {Place(f)}"));

    private static string Place(PciFacts function) =>
        $"{function.Address.Brief} (subsystem {function.Subsystem}{(function.Group is { } group ? $", IOMMU group {group}" : "")}"
        + $"{(function.Parent is { } parent ? $", behind {parent.Brief}" : "")}, {(function.Driver.Length > 0 ? "with " + function.Driver : "with no driver")})";

    private static string Name(DeviceSpec device) => $"identity of {device.Name}";

    private static string Text(PciFacts found) => $"{found.Id} {found.Subsystem} {found.Class}";

    private static string? Before(DeviceSpec device, HostFacts? facts) =>
        facts?.Receipt("boot")?.Settings.GetValueOrDefault(Name(device)) is { } text && text.Split(' ')[0] == $"{device.Id}" ? text : null;

    // What a device is known by: what the spec says, and what the host remembers.
    private sealed record Sought
    {
        public Sought(DeviceSpec device, HostFacts facts)
        {
            Id = device.Id;
            var before = Before(device, facts)?.Split(' ');
            Subsystem = device.Subsystem ?? (before is [_, var subsystem, ..] && PciId.TryRead(subsystem, out var read) && $"{read}" != "0000:0000" ? read : null);
            Class = before is [_, _, var text] && (device.Subsystem is null || $"{device.Subsystem}" == before[1]) ? text : null;
        }

        public PciId Id { get; }

        public PciId? Subsystem { get; }

        public string? Class { get; }

        // The last two digits of a class are its programming interface, which a firmware may switch.
        public bool Fits(PciFacts found) =>
            found.Id == Id && (Subsystem is null || found.Subsystem == Subsystem) && (Class is null || found.Class[..4] == Class[..4]);
    }
}
