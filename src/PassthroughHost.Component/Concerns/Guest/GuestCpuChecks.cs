using PassthroughInfra.Component.Facts;
using PassthroughInfra.Component.Planning;
using PassthroughInfra.Component.Spec;

namespace PassthroughInfra.Component.Concerns.Guest;

/// <summary>Whether a guest's vCPUs and their pins fit the machine's processors.</summary>
internal static class GuestCpuChecks
{
    /// <summary>Everything that was found.</summary>
    public static IEnumerable<Finding> Check(DeclaredGuest declared, HostFacts facts, GuestPinning pinning)
    {
        var (spec, guest) = declared;
        var subject = $"{declared.Subject}.cpus";
        if (facts.Cpu.Cpus.Count == 0)
        {
            return [];
        }

        if (pinning.Failed)
        {
            return [new(Severity.Error, $"{subject}.pin", $"no host CPUs can be chosen: {pinning.Explanation}", "take fewer cores, or name the CPUs")];
        }

        return
        [
            .. pinning.Explanation.Length > 0 ? [new Finding(Severity.Info, $"{subject}.pin", Chosen(spec, pinning))] : Array.Empty<Finding>(),
            .. pinning.Vcpus.SelectMany((set, i) => Exist(set, $"{subject}.pin[{i}]", facts.Cpu)),
            .. guest.Cpus.EmulatorPin is { } emulator ? Exist(emulator, $"{subject}.emulatorPin", facts.Cpu) : [],
            .. guest.Cpus.IoThreadPin.SelectMany((set, i) => Exist(set, $"{subject}.ioThreadPin[{i}]", facts.Cpu)),
            .. Room(guest, subject, facts.Cpu, pinning),
            .. Siblings(guest, subject, facts.Cpu, pinning),
            .. Near(declared, subject, facts, pinning),
            .. Shared(declared, subject, facts, pinning),
            .. Vendor(guest, declared.Subject, facts.Cpu),
        ];
    }

    // Isolation's own auto chooses the same and says why.
    private static string Chosen(MachineSpec spec, GuestPinning pinning) =>
        spec.Isolation?.Cpus is { Cpus: null } ? $"auto takes host CPUs {pinning.Cpus}, which machine.isolation keeps for it" : $"auto takes host CPUs {pinning.Explanation}";

    private static IEnumerable<Finding> Exist(CpuSet wanted, string subject, CpuFacts cpu)
    {
        var missing = wanted.Cpus.Where(n => cpu.Cpus.All(c => c.Number != n)).ToList();
        var offline = wanted.Cpus.Where(n => cpu.Cpus.Any(c => c.Number == n && !c.Online)).ToList();
        if (missing.Count > 0)
        {
            yield return new(Severity.Error, subject, $"the host has no CPU {new CpuSet(missing)}", $"it has {new CpuSet(cpu.Cpus.Select(c => c.Number))} (lscpu --extended)");
        }

        if (offline.Count > 0)
        {
            yield return new(Severity.Error, subject, $"CPU {new CpuSet(offline)} is offline", $"name CPUs of {new CpuSet(cpu.Cpus.Where(c => c.Online).Select(c => c.Number))}, or bring it online (chcpu -e)");
        }
    }

    private static IEnumerable<Finding> Room(GuestSpec guest, string subject, CpuFacts cpu, GuestPinning pinning)
    {
        var online = cpu.Cpus.Where(c => c.Online).Select(c => c.Number).ToList();
        if (guest.Cpus.Count > online.Count)
        {
            yield return new(Severity.Warning, subject, $"it has {guest.Cpus.Count} vCPUs, and the host {online.Count} CPUs", "take at most as many as the host has, less one or two for the host itself");
        }

        if (pinning.Vcpus.Count == 0)
        {
            yield break;
        }

        var pinned = pinning.Cpus;
        if (online.All(pinned.Contains))
        {
            yield return new(Severity.Warning, $"{subject}.pin", "the vCPUs are on every CPU of the host", "leave it at least one core: the host, disks and network of the guest need it, and the guest stutters without");
        }

        var doubled = pinning.Vcpus.Where(s => s.Cpus.Count == 1).GroupBy(s => s.Cpus.First()).Where(g => g.Count() > 1).Select(g => g.Key).ToList();
        if (doubled.Count > 0)
        {
            yield return new(Severity.Warning, $"{subject}.pin", $"several vCPUs are on CPU {new CpuSet(doubled)}", "give each vCPU a CPU of its own");
        }

        if (guest.Cpus.EmulatorPin is { } emulator && emulator.Cpus.Where(pinned.Contains).ToList() is { Count: > 0 } shared)
        {
            yield return new(Severity.Warning, $"{subject}.emulatorPin", $"CPU {new CpuSet(shared)} has a vCPU too", "name CPUs without vCPUs, or leave it out");
        }
    }

    // Windows and Linux schedule by the siblings they are shown: they must be those of the host.
    private static IEnumerable<Finding> Siblings(GuestSpec guest, string subject, CpuFacts cpu, GuestPinning pinning)
    {
        var threads = guest.Cpus.Threads;
        if (pinning.Vcpus.Count == 0)
        {
            if (threads > 1)
            {
                yield return new(Severity.Warning, $"{subject}.threads", $"it is {threads}, and the vCPUs are not pinned: what the guest takes for siblings are any CPUs", "write pin: auto, or threads: 1 with more cores");
            }

            yield break;
        }

        var cores = cpu.Cpus.ToDictionary(c => c.Number, CpuCores.Key);

        // Beside slow cores, which have one thread, the guest can be told of none's siblings.
        var single = CpuCores.Of(cpu).Any(c => c.Threads.Count == 1 && pinning.Cpus.Contains(c.First));
        var places = pinning.Vcpus.Select(s => s.Cpus.Where(cores.ContainsKey).Select(c => cores[c]).Distinct().ToList()).ToList();
        if (threads > 1 && places.Chunk(threads).Any(g => g.SelectMany(p => p).Distinct().Count() > 1))
        {
            yield return new(
                Severity.Warning,
                $"{subject}.pin",
                $"threads is {threads}, and vCPUs of one core are on different cores of the host",
                $"list siblings next to each other: {Hint(cpu)}");
        }
        else if (threads == 1 && places.Where(p => p.Count == 1).GroupBy(p => p[0]).Any(g => g.Count() > 1) && !single && pinning.Vcpus.Select(s => s.ToString()).Distinct().Count() == pinning.Vcpus.Count)
        {
            yield return new(
                Severity.Warning,
                $"{subject}.threads",
                "SMT siblings of the host are shown to the guest as cores of their own",
                $"write threads: 2 with half the cores, and list siblings next to each other: {Hint(cpu)}");
        }
    }

    private static string Hint(CpuFacts cpu)
    {
        var pairs = CpuCores.Of(cpu).Where(c => c.Threads.Count > 1).Select(c => $"[{string.Join(", ", c.Threads.Select(t => t.Number))}]").Take(3).ToList();
        return pairs.Count == 0 ? "this host has none" : $"{string.Join(", ", pairs)} …";
    }

    private static IEnumerable<Finding> Near(DeclaredGuest declared, string subject, HostFacts facts, GuestPinning pinning)
    {
        var nodes = facts.Cpu.Cpus.Where(c => pinning.Cpus.Contains(c.Number)).Select(c => c.Node).Distinct().Order().ToList();
        var far = declared.Devices
            .Select(d => (d.Device, Node: facts.Device(d.Device.Address)?.Node ?? -1))
            .Where(d => d.Node >= 0 && nodes.Count > 0 && !nodes.Contains(d.Node) && facts.Memory.Nodes.Count > 1)
            .ToList();
        if (far.Count > 0)
        {
            yield return new(
                Severity.Warning,
                $"{subject}.pin",
                $"the vCPUs are on NUMA node {string.Join(" and ", nodes)}, and {string.Join(", ", far.Select(f => $"{f.Device.Name} on node {f.Node}"))}",
                "take CPUs of the device's node: everything between them crosses the sockets otherwise");
        }
    }

    // Both run, and each takes the other's time.
    private static IEnumerable<Finding> Shared(DeclaredGuest declared, string subject, HostFacts facts, GuestPinning pinning)
    {
        foreach (var other in declared.Earlier)
        {
            if (GuestPinning.ChooseVcpus(other, facts).Vcpus.SelectMany(v => v.Cpus).Where(pinning.Cpus.Contains).Distinct().ToList() is { Count: > 0 } shared)
            {
                yield return new(
                    Severity.Warning,
                    $"{subject}.pin",
                    $"vCPUs of {other.Name} are on CPU {new CpuSet(shared)} too",
                    "give each guest CPUs of its own, or run them in turn");
            }
        }
    }

    private static IEnumerable<Finding> Vendor(GuestSpec guest, string place, CpuFacts cpu)
    {
        if (guest.HyperV.Evmcs && cpu.Vendor != "GenuineIntel")
        {
            yield return new(Severity.Error, $"{place}.hyperV.evmcs", "it is true, and the host's processor is not Intel's", "leave it out");
        }

        if (guest.Cpus.TopoExt == true && cpu.Vendor != "AuthenticAMD")
        {
            yield return new(Severity.Error, $"{place}.cpus.topoExt", "it is true, and the host's processor is not AMD's", "leave it out");
        }

        if (guest is { IsWindows: true, Cpus.Sockets: > 2 })
        {
            yield return new(Severity.Warning, $"{place}.cpus.sockets", $"it is {guest.Cpus.Sockets}, and client editions of Windows use at most two sockets", "put the cores into one or two sockets");
        }
    }
}
