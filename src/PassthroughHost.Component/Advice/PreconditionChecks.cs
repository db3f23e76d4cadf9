using PassthroughInfra.Component.Concerns.Boot;
using PassthroughInfra.Component.Facts;
using PassthroughInfra.Component.Preconditions;
using PassthroughInfra.Component.Spec;

namespace PassthroughInfra.Component.Advice;

/// <summary>The preconditions of any passthrough host, each in its part of the machine.</summary>
internal static class PreconditionChecks
{
    private const string Login = "machine.connection.user";

    private static readonly string[] Iommu = ["iommu-table", "virtualization", "iommu-menu", "kernel-messages"];
    private static readonly string[] Software = ["root-disk", "ssh-link", LibvirtAnswer.Id];

    /// <summary>Those of one area.</summary>
    /// <param name="area">The area.</param>
    /// <param name="facts">What was read.</param>
    /// <param name="spec">What a stack asks of the machine: what it decides of a precondition of the host is what counts; null where there is none.</param>
    public static IEnumerable<Check> Of(CheckArea area, HostFacts facts, MachineSpec? spec) => All(facts, spec).Where(p => AreaOf(p.Id) == area).Select(p => Of(area, p.Id, p));

    /// <summary>Whether one is told of the host, and not of what a stack asks for.</summary>
    public static bool IsOfHost(Precondition precondition) => precondition.Path is Precondition.Host or Login;

    private static IEnumerable<Precondition> All(HostFacts facts, MachineSpec? spec)
    {
        var own = PreconditionList.Of(facts);
        List<Precondition> asked = spec is null ? [] : [.. PreconditionList.Of(facts, spec, BootConcern.Demands(spec, facts)).Where(IsOfHost)];
        var said = asked.ToLookup(p => p.Id);
        return own.Select(p => p.Id).Concat(asked.Select(p => p.Id)).Distinct().SelectMany(id => said.Contains(id) ? said[id] : own.Where(p => p.Id == id));
    }

    /// <summary>A precondition as a check.</summary>
    public static Check Of(CheckArea area, string id, Precondition precondition) => new(area, id, VerdictOf(precondition), precondition.Seen, precondition.Remedy) { Forbids = precondition.Forbids };

    private static CheckArea AreaOf(string id) => Iommu.Contains(id) ? CheckArea.Iommu : Software.Contains(id) ? CheckArea.Software : CheckArea.System;

    private static Verdict VerdictOf(Precondition precondition) => precondition.Verdict switch
    {
        PreconditionVerdict.Blocks => Verdict.Bad,
        PreconditionVerdict.Caution => Verdict.Caution,
        PreconditionVerdict.Unknown => Verdict.Unknown,
        _ => precondition.IsTold ? Verdict.Note : Verdict.Good,
    };
}
