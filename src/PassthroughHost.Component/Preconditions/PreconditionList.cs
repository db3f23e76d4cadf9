using PassthroughInfra.Component.Facts;
using PassthroughInfra.Component.Planning;
using PassthroughInfra.Component.Spec;

namespace PassthroughInfra.Component.Preconditions;

/// <summary>
/// Everything that must hold before the first write: the one list that doctor, preview and update ask. Pure. With a spec it has what the spec needs; without one,
/// what any passthrough host needs.
/// </summary>
public static class PreconditionList
{
    /// <summary>The list.</summary>
    /// <param name="facts">What was read.</param>
    /// <param name="spec">What is declared; null where only the machine itself is judged.</param>
    /// <param name="boot">What that asks of the boot; null where only the machine itself is judged.</param>
    public static IReadOnlyList<Precondition> Of(HostFacts facts, MachineSpec? spec = null, BootDemands? boot = null)
    {
        var devices = spec is null || spec.Devices.Count > 0;
        return
        [
            .. SystemPreconditions.Of(facts),
            .. boot is { IsWanted: false } ? [] : BootPreconditions.Of(facts, spec, boot),
            .. devices ? [.. IommuPreconditions.Of(facts, spec), .. HandMade.Of(AfterTakeOver(facts, spec), boot)] : Array.Empty<Precondition>(),
            .. spec is null ? [] : Identity.Check(spec, facts).Select(f => Precondition.Of("device-identity", f)),
            .. devices ? ProtectedPaths.Of(facts) : [],
            .. spec is null ? [] : Gates.Check(spec, facts),
            .. LibvirtAnswer.Of(facts, spec),
        ];
    }

    // What is taken over is in nobody's way.
    private static HostFacts AfterTakeOver(HostFacts facts, MachineSpec? spec) => facts with
    {
        Boot = facts.Boot with
        {
            GrubSettings = HandMadeCut.After(facts.Boot.GrubSettings, spec),
            ModuleRules = HandMadeCut.After(facts.Boot.ModuleRules, spec),
        },
    };
}
