using PassthroughInfra.Component.Facts;
using PassthroughInfra.Component.Planning;
using PassthroughInfra.Component.Spec;

namespace PassthroughInfra.Component.Concerns.Packages;

/// <summary>The hypervisor and its tools, from the distribution's own archive (walk-through, row 2).</summary>
public sealed class PackagesConcern : IConcern
{
    // qemu-kvm is only another name of qemu-system-x86 on Debian and Ubuntu, and newer releases have dropped it.
    private static readonly string[] Headless =
    [
        "qemu-system-x86", "qemu-utils", "libvirt-daemon-system", "libvirt-clients", "ovmf", "swtpm", "swtpm-tools", "libosinfo-bin", "virtinst",
    ];

    /// <inheritdoc/>
    public string Name => "packages";

    /// <inheritdoc/>
    public ConcernScript Script { get; } = new("packages.sh");

    /// <inheritdoc/>
    public bool IsWanted(MachineSpec spec) => spec.Packages.Manage;

    /// <inheritdoc/>
    public IReadOnlyList<string> Packages(MachineSpec spec) => Wanted(spec);

    /// <inheritdoc/>
    public TimeSpan Timeout(MachineSpec spec) => TimeSpan.FromMinutes(60);

    /// <inheritdoc/>
    public ConcernPlan Plan(MachineSpec spec, HostFacts? facts)
    {
        var wanted = Wanted(spec);
        return new()
        {
            Concern = Name,
            Script = Script,
            Settings = [.. wanted.Select(p => new Setting($"package {p}", Live(p, facts), "installed"))],
            Variables = new SortedDictionary<string, string>(StringComparer.Ordinal) { ["WANTED"] = string.Join(' ', wanted) },
        };
    }

    private static string? Live(string package, HostFacts? facts) =>
        facts is null ? "not read" : facts.Packages.Any(p => p.Name == package && p.Installed) ? "installed" : "not installed";

    private static IReadOnlyList<string> Wanted(MachineSpec spec) =>
    [
        .. Headless
            .Concat(spec.Packages.Set == PackageSet.Walkthrough ? ["virt-manager"] : [])
            .Concat(spec.Network is null ? [] : ["netplan.io"])
            .Concat(spec.Packages.Extra)
            .Distinct(),
    ];
}
