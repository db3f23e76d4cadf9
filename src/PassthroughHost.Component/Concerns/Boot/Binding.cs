using PassthroughInfra.Component.Devices;
using PassthroughInfra.Component.Facts;
using PassthroughInfra.Component.Planning;
using PassthroughInfra.Component.Preconditions;
using PassthroughInfra.Component.Spec;

namespace PassthroughInfra.Component.Concerns.Boot;

/// <summary>A function that goes to vfio-pci.</summary>
/// <param name="Name">For people: the device's name, or <c>sibling</c>.</param>
/// <param name="Address">Where it is.</param>
/// <param name="Id">What it is.</param>
/// <param name="Subsystem">Which card it is, where that is known.</param>
internal sealed record BoundFunction(string Name, PciAddress Address, PciId Id, PciId? Subsystem = null)
{
    /// <summary>For <c>passthrough_host.bind=</c>: <c>ADDRESS=ID</c> or <c>ADDRESS=ID/SUBSYSTEM</c>.</summary>
    public string Argument => $"{Address}={Id}{(Subsystem is { } subsystem ? $"/{subsystem}" : "")}";
}

/// <summary>How the devices come to vfio-pci at boot.</summary>
internal sealed record Binding
{
    /// <summary>Every function that is to be bound: the devices, and the siblings given up for them.</summary>
    public required IReadOnlyList<BoundFunction> Functions { get; init; }

    /// <summary>Those with a twin that stays with the host: bound by address, through <c>driver_override</c>.</summary>
    public required IReadOnlyList<BoundFunction> ByAddress { get; init; }

    /// <summary>The IDs of all others, for <c>vfio-pci.ids=</c>.</summary>
    public required IReadOnlyList<string> Ids { get; init; }

    /// <summary>Modules that could claim a function, and must wait for vfio-pci.</summary>
    public required IReadOnlyList<string> Drivers { get; init; }

    /// <summary>Whether some installed kernel has vfio-pci as a module, so that it must be in the initramfs.</summary>
    public required bool AsModule { get; init; }

    /// <summary>Whether anything must go into the initramfs.</summary>
    public bool IsEarly => Functions.Count > 0 && (AsModule || ByAddress.Count > 0);

    /// <summary>Plans the binding. Without facts a module is assumed: what that needs does no harm elsewhere.</summary>
    public static Binding Plan(MachineSpec spec, HostFacts? facts)
    {
        IReadOnlyList<BoundFunction> functions =
        [
            // Virtual functions are not there yet at boot; what makes them binds them (Concerns/Sriov).
            .. spec.Devices.Where(d => VirtualFunctions.Find(spec, facts, d.Address) is null)
                .Select(d => new BoundFunction(d.Name, d.Address, d.Id, d.Subsystem ?? Subsystem(facts?.Device(d.Address), d.Id))),
            .. Gates.GivenUp(spec, facts).Select(p => new BoundFunction("sibling", p.Address, p.Id, Subsystem(p, p.Id))),
        ];
        functions = [.. functions.DistinctBy(f => f.Address)];
        var byAddress = functions.Where(f => Twins(f, functions, facts).Any()).ToList();
        return new()
        {
            Functions = functions,
            ByAddress = byAddress,
            Ids = [.. functions.Except(byAddress).Select(f => f.Id.ToString()).Distinct()],
            Drivers =
            [
                .. functions.SelectMany(f => facts?.Device(f.Address)?.Modules ?? [])
                    .Select(m => m.Replace('-', '_')).Distinct().Order(StringComparer.Ordinal),
            ],
            AsModule = facts is null || facts.Boot.Kernels.Any(k => k.VfioPci == VfioPresence.Module),
        };
    }

    /// <summary>Why a function is bound by address.</summary>
    public IEnumerable<Finding> Findings(HostFacts facts) => ByAddress.Where(f => facts.Device(f.Address)?.Id == f.Id).Select(f => new Finding(
        Severity.Info,
        $"{f.Address.Brief} ({f.Name})",
        $"bound by its address and not by its ID [{f.Id}], because {Others(Twins(f, Functions, facts).Select(t => t.Address.Brief).ToList())} with the host"));

    private static string Others(List<string> twins) =>
        twins.Count == 1 ? $"{twins[0]} has the same ID and stays" : $"{string.Join(" and ", twins)} have the same ID and stay";

    private static PciId? Subsystem(PciFacts? found, PciId id) => found is not null && found.Id == id && $"{found.Subsystem}" != "0000:0000" ? found.Subsystem : null;

    private static IEnumerable<PciFacts> Twins(BoundFunction function, IReadOnlyList<BoundFunction> functions, HostFacts? facts) =>
        (facts?.Pci ?? []).Where(p => p.Id == function.Id && !functions.Any(f => f.Address == p.Address));
}
