namespace PassthroughInfra.Component.Facts;

/// <summary>Which CPUs the running kernel and systemd keep free, and who runs. What is null was not read.</summary>
public sealed record IsolationFacts
{
    /// <summary>The CPUs the scheduler leaves out, in list format; empty where none. Source: Linux <c>Documentation/ABI/testing/sysfs-devices-system-cpu</c>.</summary>
    public string? Isolated { get; init; }

    /// <summary>The CPUs without a regular tick, in list format; empty where none.</summary>
    public string? NoHzFull { get; init; }

    /// <summary>Whether the host has the one cgroup hierarchy (v2) with a cpuset controller, which <c>AllowedCPUs=</c> needs.</summary>
    public bool? UnifiedCgroups { get; init; }

    /// <summary>The CPUs system.slice may use now, in list format.</summary>
    public string? ServiceCpus { get; init; }

    /// <summary>The guests that run, by libvirt's name.</summary>
    public IReadOnlyList<string> RunningGuests { get; init; } = [];
}
