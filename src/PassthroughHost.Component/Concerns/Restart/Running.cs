using PassthroughInfra.Component.Concerns.Boot;
using PassthroughInfra.Component.Facts;
using PassthroughInfra.Component.Planning;
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
            .. Binding.Plan(spec, facts).Functions.Select(d => new Setting($"driver of {d.Address.Brief} ({d.Name})", Driver(d, facts), "vfio-pci")),
        ];
    }

    /// <summary>The same for the scripts.</summary>
    public static SortedDictionary<string, string> Variables(MachineSpec spec, HostFacts? facts) => new(StringComparer.Ordinal)
    {
        ["ARGUMENTS"] = string.Join(' ', KernelArguments.Wanted(spec, facts)),
        ["BOUND"] = string.Join(' ', Binding.Plan(spec, facts).Functions.Select(d => d.Address)),
        ["DEVICE_IDS"] = string.Join(' ', Binding.Plan(spec, facts).Functions.Select(d => d.Id)),
        ["IOMMU"] = KernelArguments.KindOf(spec, facts) == IommuKind.Amd ? "amd" : "intel",
    };

    private static string Driver(BoundFunction device, HostFacts? facts) =>
        facts is null ? "not read" : facts.Device(device.Address) is { } found ? (found.Driver.Length > 0 ? found.Driver : "(none)") : "(no such device)";
}
