using PassthroughInfra.Component.Facts;
using PassthroughInfra.Component.Planning;
using PassthroughInfra.Component.Spec;

namespace PassthroughInfra.Component.Concerns.Isolation;

/// <summary>
/// Keeps the host off the guests' CPUs (walk-through, row 17): by a hook of libvirt while a guest runs, or by arguments of the kernel, which
/// Boot writes. Source: libvirt, "Hooks for specific system management" (<c>qemu.d</c> since 6.5.0; every supported release is later);
/// systemd.resource-control(5), <c>AllowedCPUs=</c>; irqbalance(1), <c>IRQBALANCE_BANNED_CPULIST</c>.
/// </summary>
public sealed class IsolationConcern : IConcern
{
    private const string Hook = "/etc/libvirt/hooks/qemu.d/50-passthrough-host";
    private const string Configuration = "/etc/passthrough-host/isolation";
    private const string IrqbalanceDropIn = "/etc/systemd/system/irqbalance.service.d/60-passthrough-host.conf";

    /// <inheritdoc/>
    public string Name => "isolation";

    /// <inheritdoc/>
    public ConcernScript Script { get; } = new("isolation.sh") { Parts = ["running-guests.sh", "libvirt-hooks.sh"], Texts = [("HOOK_SCRIPT", "isolation-hook.sh")] };

    /// <inheritdoc/>
    public bool IsWanted(MachineSpec spec) => spec.Isolation is not null;

    /// <inheritdoc/>
    public IReadOnlyList<string> Paths(MachineSpec spec) => [Hook, Configuration, IrqbalanceDropIn, IsolationChecks.IrqbalanceDefaults];

    /// <inheritdoc/>
    public bool NeedsKernelArguments(MachineSpec spec) => IsolationArguments.Any(spec.Isolation);

    /// <inheritdoc/>
    public IReadOnlyList<string> KernelArguments(MachineSpec spec, HostFacts? facts) => IsolationArguments.From(spec, facts);

    /// <inheritdoc/>
    public ConcernPlan Plan(MachineSpec spec, HostFacts? facts)
    {
        var isolation = spec.Isolation!;
        IReadOnlyList<Finding> findings = facts is null ? [] : [.. IsolationChecks.Check(spec, facts)];
        var possible = isolation.Method == IsolationMethod.Cgroup && findings.All(f => f.Severity != Severity.Error);
        var choice = possible ? IsolationChoice.Make(spec, facts) : null;
        return new()
        {
            Concern = Name,
            Script = Script,
            Files = choice is null ? [] :
            [
                new(Configuration, Configured(spec, choice)),
                new(Hook, EmbeddedScript.Text("isolation-hook.sh"), "755"),
                .. isolation.Irqs ? [new ManagedFile(IrqbalanceDropIn, Irqbalance(choice))] : Array.Empty<ManagedFile>(),
            ],
            Settings = choice is null ? [] : [new(
                "CPUs of the host's services while a guest runs",
                facts is null ? "not read" : Services(Guests(spec), choice, facts.Isolation),
                $"{choice.Host}")],
            Choices = choice is null || facts is null ? [] : [Chosen(spec, choice)],
            Variables = new SortedDictionary<string, string>(StringComparer.Ordinal)
            {
                ["HOOK"] = choice is null ? "" : Hook,
                ["IRQBALANCE"] = IrqbalanceDropIn,
            },
            Findings = findings,
        };
    }

    private static Choice Chosen(MachineSpec spec, IsolationChoice choice) => Choice.Of(
        "CPUs",
        new { spec.Isolation, spec.FirstGuest?.Cpus, spec.Devices, Given = spec.FirstGuest?.Devices, More = DeclaredGuest.Placements(spec) },
        [$"{choice.Guest}", $"{choice.Host}"],
        "are kept apart on this host now (the guests', or the host's own)",
        "are not kept apart on this host any more");

    /// <summary>The guests whose running counts: those named, else the stack's own, else (none here) every one.</summary>
    internal static IReadOnlyList<string> Guests(MachineSpec spec) =>
        spec.Isolation!.Guests.Count > 0 ? spec.Isolation.Guests : [.. spec.Guests.Select(g => $"{g.Name}")];

    // Without a guest that counts there is nothing to compare: the CPUs are everybody's.
    private static string? Services(IReadOnlyList<string> guests, IsolationChoice choice, IsolationFacts facts)
    {
        var counts = facts.RunningGuests.Any(g => guests.Count == 0 || guests.Contains(g));
        return !counts ? $"{choice.Host}" : facts.ServiceCpus is { } live && CpuSet.TryRead(live, out var cpus) ? $"{cpus}" : null;
    }

    private static string Configured(MachineSpec spec, IsolationChoice choice) =>
        $"""
        # CPUs of the guests and of the host, for {Hook}. Change them in the machine's stack, not here.
        guest_cpus={Shell.Quote($"{choice.Guest}")}
        host_cpus={Shell.Quote($"{choice.Host}")}
        irqs={(spec.Isolation!.Irqs ? "yes" : "no")}
        guests={Shell.Quote(string.Concat(Guests(spec).Select(g => $"/{g}/")))}

        """;

    private static string Irqbalance(IsolationChoice choice) =>
        $"""
        # CPUs of passthrough-host's guests. Change them in the machine's stack, not here.
        [Service]
        Environment=IRQBALANCE_BANNED_CPULIST={choice.Guest}

        """;
}
