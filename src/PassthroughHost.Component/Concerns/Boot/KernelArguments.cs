using PassthroughInfra.Component.Facts;
using PassthroughInfra.Component.Planning;
using PassthroughInfra.Component.Platform;
using PassthroughInfra.Component.Spec;

namespace PassthroughInfra.Component.Concerns.Boot;

/// <summary>
/// Which arguments the kernel is to be started with. Source: Linux <c>Documentation/admin-guide/kernel-parameters.txt</c>
/// (<c>intel_iommu=</c>, <c>amd_iommu=</c>, <c>iommu=</c>) and <c>Documentation/driver-api/vfio.rst</c>.
/// </summary>
internal static class KernelArguments
{
    /// <summary>The arguments, in the order they are written.</summary>
    public static IReadOnlyList<string> Wanted(MachineSpec spec, HostFacts? facts)
    {
        var arguments = new List<string>();
        if (spec.Devices.Count > 0)
        {
            // AMD's IOMMU is on by itself if the firmware describes it, and amd_iommu= has no word for that: Linux (drivers/iommu/amd/init.c,
            // parse_amd_iommu_options) calls any other word unknown. Intel's may be compiled to be off (CONFIG_INTEL_IOMMU_DEFAULT_ON).
            if (!Iommu.IsAmd(spec.Iommu, facts))
            {
                arguments.Add("intel_iommu=on");
            }

            if (spec.Boot.IommuPassthrough)
            {
                arguments.Add("iommu=pt");
            }

            var binding = Binding.Plan(spec, facts);
            if (binding.Ids.Count > 0)
            {
                arguments.Add("vfio-pci.ids=" + string.Join(',', binding.Ids));
            }

            if (binding.ByAddress.Count > 0)
            {
                arguments.Add("passthrough_host.bind=" + string.Join(',', binding.ByAddress.Select(f => f.Argument)));
            }

            arguments.AddRange(BootFramebuffer.Arguments(spec, facts).Except(spec.Boot.KernelArguments));
        }

        return [.. arguments, .. ConcernList.OfHost.SelectMany(c => c.KernelArguments(spec, facts)), .. spec.Boot.KernelArguments];
    }

    /// <summary>Those of the arguments that were decided from facts.</summary>
    public static IEnumerable<Choice> Choices(MachineSpec spec, HostFacts facts)
    {
        if (spec.Devices.Count > 0 || spec.Isolation is not null)
        {
            yield return Choice.Of(
                "kernel argument",
                new { spec.Devices, spec.AcceptSiblings, spec.Sriov, spec.Isolation, spec.FirstGuest?.Cpus, spec.Boot.KernelArguments, spec.Iommu, More = DeclaredGuest.Placements(spec) },
                Wanted(spec, facts).Except(Wanted(spec, null)),
                "is wanted on this host now",
                "is not wanted on this host any more");
        }
    }

    /// <summary>
    /// Those of a command line's arguments that are this project's: wanted now, or applied before and to go. Other arguments are none of
    /// its business.
    /// </summary>
    public static string Ours(string commandLine, IReadOnlyList<string> wanted, HostFacts facts)
    {
        var ours = wanted.Concat(Before(facts)).ToHashSet(StringComparer.Ordinal);
        var there = commandLine.Split(' ', StringSplitOptions.RemoveEmptyEntries).Where(ours.Contains).ToHashSet(StringComparer.Ordinal);

        // Their order is of no interest: in that of what is wanted, else in that in which they were applied, so that nobody is said to have changed them.
        return there.SetEquals(wanted) ? Text(wanted)
            : Applied(facts).FirstOrDefault(a => there.SetEquals(a)) is { } applied ? Text(applied)
            : Text([.. there.Order(StringComparer.Ordinal)]);
    }

    /// <summary>Arguments that were applied before.</summary>
    public static IEnumerable<string> Before(HostFacts facts) => Applied(facts).SelectMany(a => a).Distinct();

    private static IEnumerable<string[]> Applied(HostFacts facts) => facts.Receipts.SelectMany(r => r.Settings)
        .Where(s => s.Key is BootConcern.MenuSetting or RunningSetting)
        .Select(s => s.Value == None ? [] : s.Value.Split(' ', StringSplitOptions.RemoveEmptyEntries));

    /// <summary>The name of the setting that compares the running kernel.</summary>
    public const string RunningSetting = "running kernel's arguments";

    private const string None = "(none)";

    /// <summary>Arguments as one text; <c>(none)</c> where there are none.</summary>
    public static string Text(IReadOnlyList<string> arguments) => arguments.Count == 0 ? None : string.Join(' ', arguments);
}
