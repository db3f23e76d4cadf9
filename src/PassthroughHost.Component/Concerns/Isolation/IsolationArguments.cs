using PassthroughInfra.Component.Facts;
using PassthroughInfra.Component.Spec;

namespace PassthroughInfra.Component.Concerns.Isolation;

/// <summary>
/// What isolation asks of the kernel command line. Source: Linux <c>Documentation/admin-guide/kernel-parameters.txt</c>,
/// <c>threadirqs</c>, <c>isolcpus=</c> (<c>managed_irq</c> since 5.6), <c>nohz_full=</c>, <c>rcu_nocbs=</c>, <c>irqaffinity=</c>.
/// </summary>
internal static class IsolationArguments
{
    /// <summary>The arguments; those that depend on a host that was not read are left out.</summary>
    public static IReadOnlyList<string> From(MachineSpec spec, HostFacts? facts)
    {
        var arguments = new List<string>();
        if (spec.Isolation is not { } isolation)
        {
            return arguments;
        }

        if (isolation.ThreadIrqs)
        {
            arguments.Add("threadirqs");
        }

        if (isolation.Method == IsolationMethod.Kernel && IsolationChoice.Make(spec, facts) is { } choice && choice.Guest.Cpus.Count > 0)
        {
            arguments.Add($"isolcpus=domain,managed_irq,{choice.Guest}");
            arguments.Add($"nohz_full={choice.Guest}");
            arguments.Add($"rcu_nocbs={choice.Guest}");
            if (isolation.Irqs && choice.Host.Cpus.Count > 0)
            {
                arguments.Add($"irqaffinity={choice.Host}");
            }
        }

        return arguments;
    }

    /// <summary>Whether the spec asks for any, whatever the host.</summary>
    public static bool Any(IsolationSpec? isolation) => isolation is not null && (isolation.ThreadIrqs || isolation.Method == IsolationMethod.Kernel);
}
