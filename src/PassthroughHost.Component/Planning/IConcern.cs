using PassthroughInfra.Component.Facts;
using PassthroughInfra.Component.Spec;

namespace PassthroughInfra.Component.Planning;

/// <summary>A concern whose plan is compared after all others, because it depends on whether they differ.</summary>
internal interface IDependentConcern : IConcern
{
    /// <summary>The plan compared with the host.</summary>
    /// <param name="spec">What is declared.</param>
    /// <param name="facts">What was read; null where the host could not be read.</param>
    /// <param name="others">The other concerns.</param>
    ConcernState Compare(MachineSpec spec, HostFacts? facts, IReadOnlyList<ConcernState> others);
}

/// <summary>
/// One part of a host that is planned, applied and reverted on its own. A concern is a pure plan, one script with <c>apply</c> and
/// <c>revert</c>, and its place in the one list of them (<c>Concerns/ConcernList.cs</c>).
/// </summary>
public interface IConcern
{
    /// <summary>Its name, in resource names, receipts and messages.</summary>
    string Name { get; }

    /// <summary>Its script. Every host has it, for a concern that the spec does not ask for any more is reverted by it.</summary>
    ConcernScript Script { get; }

    /// <summary>Whether the spec asks for it. One that is no longer asked for is reverted.</summary>
    bool IsWanted(MachineSpec spec);

    /// <summary>Paths whose content the plan compares; the probe reads them.</summary>
    IReadOnlyList<string> Paths(MachineSpec spec) => [];

    /// <summary>Disks and ISOs the plan looks at; the probe describes them. Only if the spec has guests.</summary>
    IReadOnlyList<string> Media(MachineSpec spec) => [];

    /// <summary>Packages whose state the plan compares; the probe reads it.</summary>
    IReadOnlyList<string> Packages(MachineSpec spec) => [];

    /// <summary>Whether it may need kernel arguments, whatever the host.</summary>
    bool NeedsKernelArguments(MachineSpec spec) => false;

    /// <summary>The kernel arguments it needs: Boot writes those of all concerns, Restart and Verify look for them.</summary>
    /// <param name="spec">What is declared.</param>
    /// <param name="facts">What was read; null where the host could not be read: what depends on the host is left out then.</param>
    IReadOnlyList<string> KernelArguments(MachineSpec spec, HostFacts? facts) => [];

    /// <summary>Plans. Pure: the same spec and facts give the same plan.</summary>
    /// <param name="spec">What is declared.</param>
    /// <param name="facts">What was read; null where the host could not be read, and the plan is made from the spec alone.</param>
    ConcernPlan Plan(MachineSpec spec, HostFacts? facts);

    /// <summary>How long its script may take.</summary>
    TimeSpan Timeout(MachineSpec spec) => TimeSpan.FromMinutes(15);

    /// <summary>Whether its command waits for the host to come back: it dials until the timeout.</summary>
    bool WaitsForHost => false;
}

/// <summary>A concern of one guest: its name ends in the guest's, and so do its resource and its receipt.</summary>
public interface IGuestConcern : IConcern
{
    /// <summary>The guest's name.</summary>
    string Guest { get; }

    /// <summary>Its name in releases that knew one guest (<see cref="FormerReceipts"/>), and the kind of concern it is.</summary>
    string FormerName { get; }
}
