using PassthroughInfra.Component.Concerns.Boot;
using PassthroughInfra.Component.Concerns.Isolation;
using PassthroughInfra.Component.Facts;
using PassthroughInfra.Component.Planning;
using PassthroughInfra.Component.Platform;
using PassthroughInfra.Component.Spec;

namespace PassthroughInfra.Component.Concerns.Restart;

/// <summary>What the running kernel must show: what a reboot is for, and what is verified after it.</summary>
internal static class Running
{
    /// <summary>The running kernel's arguments and each device's driver.</summary>
    public static IReadOnlyList<Setting> Settings(MachineSpec spec, HostFacts? facts)
    {
        var arguments = KernelArguments.Wanted(spec, facts);
        return
        [
            new(
                KernelArguments.RunningSetting,
                facts is null ? "not read" : KernelArguments.Ours(facts.Boot.CommandLine, arguments, facts),
                KernelArguments.Text(arguments)),
            .. Isolated(spec, facts) is { } cpus ? [new Setting("CPUs the running kernel isolates", facts is null ? "not read" : facts.Isolation.Isolated is "" ? "(none)" : facts.Isolation.Isolated, cpus)] : Array.Empty<Setting>(),
            .. Binding.Plan(spec, facts).Functions.Select(d => new Setting($"driver of {d.Address.Brief} ({d.Name})", Driver(d, facts), "vfio-pci")),
        ];
    }

    /// <summary>The same for the scripts.</summary>
    public static SortedDictionary<string, string> Variables(MachineSpec spec, HostFacts? facts)
    {
        var variables = new SortedDictionary<string, string>(StringComparer.Ordinal)
        {
            ["ARGUMENTS"] = string.Join(' ', KernelArguments.Wanted(spec, facts)),
            ["BOUND"] = string.Join(' ', Binding.Plan(spec, facts).Functions.Select(d => d.Address)),
            ["DEVICE_IDS"] = string.Join(' ', Binding.Plan(spec, facts).Functions.Select(d => d.Id)),
            ["IOMMU"] = Iommu.IsAmd(spec.Iommu, facts) ? "amd" : "intel",
        };
        if (Isolated(spec, facts) is { } cpus)
        {
            variables["ISOLATED"] = cpus;
        }

        return variables;
    }

    // Those the kernel itself is to leave out; null where none.
    private static string? Isolated(MachineSpec spec, HostFacts? facts) =>
        spec.Isolation is { Method: IsolationMethod.Kernel } && IsolationChoice.Make(spec, facts) is { } choice ? $"{choice.Guest}" : null;

    private static string Driver(BoundFunction device, HostFacts? facts) =>
        facts is null ? "not read" : facts.Device(device.Address) is { } found ? (found.Driver.Length > 0 ? found.Driver : "(none)") : "(no such device)";
}
