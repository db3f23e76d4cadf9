using PassthroughInfra.Component.Concerns.Isolation;
using PassthroughInfra.Component.Concerns.Memory;
using PassthroughInfra.Component.Facts;
using PassthroughInfra.Component.Spec;

namespace PassthroughInfra.Component.Planning;

/// <summary>Kernel arguments that other concerns than Boot need. Boot writes them all, and Restart and Verify look for them.</summary>
internal static class KernelArgumentSources
{
    /// <summary>The arguments, in a stable order.</summary>
    public static IReadOnlyList<string> From(MachineSpec spec, HostFacts? facts) =>
    [
        .. HugePagePlanner.KernelArguments(spec.HugePages),
        .. IsolationArguments.From(spec, facts),
    ];

    /// <summary>Whether the spec asks for any, whatever the host.</summary>
    public static bool Any(MachineSpec spec) => From(spec, null).Count > 0 || IsolationArguments.Any(spec.Isolation);
}
