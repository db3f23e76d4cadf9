using System.Text.RegularExpressions;

namespace PassthroughInfra.Component.Spec;

/// <summary>What must hold within a guest's <c>cpus</c>, whatever the machine.</summary>
internal static partial class GuestCpuRules
{
    private const int MostVcpus = 512;
    private const int MostIoThreads = 16;

    /// <summary>Every rule that is broken.</summary>
    /// <param name="guest">The guest.</param>
    /// <param name="place">Its path.</param>
    public static IEnumerable<SpecError> Check(GuestSpec guest, string place)
    {
        var (cpus, path) = (guest.Cpus, $"{place}.cpus");
        (string Name, int Value)[] counts = [("sockets", cpus.Sockets), ("dies", cpus.Dies), ("cores", cpus.Cores), ("threads", cpus.Threads)];
        foreach (var (name, value) in counts.Where(c => c.Value is < 1 or > MostVcpus))
        {
            yield return new($"{path}.{name}", $"{value} is out of range", $"1 to {MostVcpus}");
        }

        if (counts.All(c => c.Value is >= 1 and <= MostVcpus) && counts.Aggregate(1L, (product, c) => product * c.Value) > MostVcpus)
        {
            yield return new(path, "sockets x dies x cores x threads is too much", $"at most {MostVcpus} vCPUs");
        }
        else if (cpus.Pin is { IsAuto: false } pins && pins.Sets.Count != cpus.Count)
        {
            yield return new(
                $"{path}.pin",
                $"there are {pins.Sets.Count} pins and {cpus.Count} vCPUs ({cpus.Sockets} sockets x {cpus.Dies} dies x {cpus.Cores} cores x {cpus.Threads} threads)",
                "one host CPU for each vCPU, or pin: auto");
        }

        if (cpus.IoThreads is < 0 or > MostIoThreads)
        {
            yield return new($"{path}.ioThreads", $"{cpus.IoThreads} is out of range", $"0 to {MostIoThreads}");
        }
        else if (cpus.IoThreadPin.Count > cpus.IoThreads)
        {
            yield return new($"{path}.ioThreadPin", $"there are {cpus.IoThreadPin.Count} pins and {cpus.IoThreads} I/O threads", "at most one for each of ioThreads");
        }

        foreach (var name in cpus.Features.Keys.Order(StringComparer.Ordinal))
        {
            if (!FeatureName().IsMatch(name))
            {
                yield return new($"{path}.features.{name}", "is not the name of a CPU feature", "as in virsh cpu-models and /usr/share/libvirt/cpu_map: letters, digits, '-', '_' and '.'");
            }
            else if (name == "topoext")
            {
                yield return new($"{path}.features.{name}", "has a key of its own", "write topoExt: true or false");
            }
        }

        if (guest.MemoryBacking.HugePages == true && guest.Memory.KiB % HugePageSize.TwoMebibytes.KiB() != 0)
        {
            yield return new($"{place}.memory", $"{guest.Memory} is no whole number of huge pages", "a multiple of 2MiB");
        }
    }

    [GeneratedRegex("^[a-z0-9][a-z0-9_.-]*\\z")]
    private static partial Regex FeatureName();
}
